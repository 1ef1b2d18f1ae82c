"""What goes wrong is said in the language that is asked for: by whoever answers, and by nobody else."""

from __future__ import annotations

from typing import Any

from tests.ayda.support import Ayda, assert_problem
from tests.ayda.support import problem as problem_of


async def refused(ayda: Ayda, language: str) -> Any:
    headers = {"Accept-Language": language} if language else {}
    return assert_problem(
        await ayda.http.get("/api/v1/imports/none", headers=ayda.as_member(**headers)), 404, "import_not_found"
    )


async def test_a_problem_is_said_in_the_language_that_is_asked_for(ayda: Ayda):
    said = {language: (await refused(ayda, language))["detail"] for language in ("en", "ru", "ko")}
    assert len(set(said.values())) == 3
    assert (await refused(ayda, "ru-RU,ru;q=0.9,en;q=0.8"))["detail"] == said["ru"]
    for other in ("", "fr", "," * 5_000 + "ru"):
        assert (await refused(ayda, other))["detail"] == said["en"]


async def test_a_sentence_may_be_about_the_field(ayda: Ayda):
    asked = {"gpx_file_id": "x", "checkpoints": [{"name": "", "at_m": 1}]}
    headers = ayda.as_member(**{"Accept-Language": "ru"})
    problem = assert_problem(
        await ayda.http.post("/api/v1/predictions", json=asked, headers=headers), 422, "validation_failed"
    )
    assert problem["errors"]
    assert "checkpoints" not in problem["detail"]


async def test_what_the_predictor_refuses_is_said_in_it_too(ayda: Ayda):
    english = problem_of(422, "no_such_track")
    ayda.predictor.answers["POST", "/api/v1/internal/predict"] = (422, english)
    headers = ayda.as_member(**{"Accept-Language": "ko"})
    answer = await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=headers)
    problem = assert_problem(answer, 422, "no_such_track")
    assert problem["detail"] != english["detail"]
    (sent,) = ayda.predictor.asked("/api/v1/internal/predict")
    assert "accept-language" not in sent.headers

"""`ayda migrate`."""

from __future__ import annotations

import click

from cli import services


@click.command("migrate")
@services.argument
def command(*, service: str | None) -> None:
    """Bring the database of a service, or of both, to the last revision; it needs no setting but DATABASE_URL.

    Several may do so at once. An upgrade is all there, or nothing of it.
    """
    urls = services.database_urls(services.environments(service))
    from servicekit.data.migrations import upgrade  # noqa: PLC0415 - a bad setting is said before Alembic is imported

    for each, url in urls.items():
        upgrade(each.package, url)
        click.echo(f"{each.name}: migrated.", err=True)

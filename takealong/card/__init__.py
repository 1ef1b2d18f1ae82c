"""The card: one picture that says what a course will take, to be shown to others.

`texts` is what it says, ready in some language (`english`); `scene` is what it draws, without a place on Earth; `sheet`
draws it. Only `sheet` and what it uses load matplotlib, which takes half a second.
"""

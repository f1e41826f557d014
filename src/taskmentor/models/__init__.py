"""Values and columns of the domain: the competency model, the people, their assessments."""

__all__: list[str] = []

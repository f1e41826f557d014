"""Who should mentor whom: requests, rules, scorers, the problem they make, and the strategies that solve it."""

__all__: list[str] = []

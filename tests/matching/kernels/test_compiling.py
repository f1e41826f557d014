import numpy as np
import pytest

from taskmentor.matching.kernels.compiling import can_compile, kernel


@kernel
def doubled(number: int) -> int:
    """Return twice a number."""
    return 2 * number


@kernel
def sum_of_doubles(numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    total = 0
    for place in range(len(numbers)):
        total += doubled(numbers[place])
    return total


def test_a_kernel_gives_the_same_answer_as_machine_code() -> None:
    """A kernel that meant something else once compiled would be tested in one form and used in another."""
    numbers = np.arange(5)
    assert sum_of_doubles(numbers) == sum_of_doubles.compiled(numbers) == 20


@pytest.mark.parametrize("compiled", [False, True])
def test_a_kernel_is_asked_for_by_size(compiled: bool) -> None:
    """Small problems would wait for a compiler that they do not need."""
    assert doubled.for_size(compiled)(4) == 8
    assert (doubled.for_size(compiled) is doubled) is not compiled


def test_a_kernel_keeps_name_and_documentation() -> None:
    """The reference would show kernels without a word about them."""
    assert doubled.__doc__ == "Return twice a number."


def test_the_development_environment_can_compile() -> None:
    """The tests of compiled kernels would silently compare a function with itself."""
    assert can_compile()

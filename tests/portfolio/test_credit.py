"""Parts take turns by what they brought."""

from collections import Counter

from gaus_jax.portfolio.credit import Credit


def turns(gains: list[float], count: int) -> list[int]:
    credit, taken = Credit(len(gains)), []
    for _ in range(count):
        part = credit.next(range(len(gains)))
        credit.reward(part, gains[part])
        taken.append(part)
    return taken


def test_at_first_each_in_its_order():
    assert turns([0.0, 1.0, 0.5], 3) == [0, 1, 2]


def test_equals_take_turns():
    assert turns([1.0, 1.0], 6) == [0, 1, 0, 1, 0, 1]


def test_what_pays_comes_more_often_and_all_come_again():
    taken = turns([0.0, 1.0], 200)
    found = Counter(taken[50:])  # once the first credit has faded
    assert 9 <= found[1] / found[0] <= 11
    assert 0 in taken[-12:]


def test_a_part_that_begins_to_pay_comes_back():
    credit = Credit(2)
    for _ in range(20):
        credit.reward(0, 0.0)
    low = credit.credit[0]
    for _ in range(5):
        credit.reward(0, 1.0)
    assert credit.credit[0] > 0.8 > low


def test_only_some_may_be_asked_for():
    credit = Credit(3)
    assert [credit.next([1, 2]) for _ in range(4)] == [1, 2, 1, 2]
    assert credit.next(range(3)) == 0

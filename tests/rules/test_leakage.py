from inkpipe.rules.leakage import GroupsApart, IdenticalImages, NearIdenticalImages


def test_evidence_names_the_copy_in_the_later_split(make_rule):
    row = {"identical_to": "test/a.jpg", "resembles": "test/b.jpg"}
    assert make_rule(IdenticalImages).evidence(row) == "is test/a.jpg"
    assert make_rule(GroupsApart).evidence({"shared_group": "'w1' is in test too"}) == "'w1' is in test too"
    assert make_rule(NearIdenticalImages).evidence(row) == "resembles test/b.jpg"


def test_single_rows_are_not_checked(make_rule, context):
    assert make_rule(IdenticalImages).checks(context) == ()
    assert "up to 4 of 256 bits" in make_rule(NearIdenticalImages, distance=4).expectation(context)

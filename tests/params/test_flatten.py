from inkpipe.params.flatten import flatten


def test_leaves_are_named_by_their_path():
    assert flatten({"a": 1, "b": {"c": [2], "d": {"e": 3}}, "f": {}}) == {"a": 1, "b.c": [2], "b.d.e": 3}


def test_leaves_keep_their_order_and_their_values():
    leaves = flatten({"z": {"y": None, "x": "1"}, "a": False})
    assert list(leaves.items()) == [("z.y", None), ("z.x", "1"), ("a", False)]

import yaml

from inkpipe.params.resolved import resolved_values, write_resolved


def test_every_parameter_that_may_be_auto_has_its_value_whether_set_or_not(make_params, tmp_path):
    automatic, chosen = resolved_values(make_params()), resolved_values(make_params(lr=0.0005))
    assert (automatic["lr"], automatic["train.schedule"], automatic["model.crnn.channels"]) == (
        0.002, "cosine", [16, 48, 64, 96],
    )  # fmt: skip
    assert chosen == {**automatic, "lr": 0.0005}
    assert resolved_values(make_params(model__preset="paper"))["batch_size"] == 1024
    write_resolved(tmp_path / "resolved.yaml", make_params())
    assert yaml.safe_load((tmp_path / "resolved.yaml").read_text()) == automatic

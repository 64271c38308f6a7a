import os

from inkpipe.keras_variables import own_environment


def test_the_users_variables_are_replaced_or_removed_and_others_stay():
    users = {"HOME": "/home/a", "KERAS_BACKEND": "torch", "KERAS_HOME": "/b", "TF_XLA_FLAGS": "x", "MPLBACKEND": "none"}
    assert own_environment(users) == {"HOME": "/home/a", "KERAS_BACKEND": "tensorflow", "KERAS_HOME": os.devnull}
    assert users["KERAS_BACKEND"] == "torch"

import keras
import numpy as np

from inkpipe.optimization.radam import RAdam


def published(gradients, start, rate=0.1, beta_1=0.9, beta_2=0.999):
    """Algorithm 2 of Liu et al. (2020), in float64."""
    theta, mean, square = np.array(start, np.float64), 0.0, 0.0
    longest = 2 / (1 - beta_2) - 1
    for step, gradient in enumerate(gradients, start=1):
        square = beta_2 * square + (1 - beta_2) * gradient**2
        mean = beta_1 * mean + (1 - beta_1) * gradient
        unbiased = mean / (1 - beta_1**step)
        length = longest - 2 * step * beta_2**step / (1 - beta_2**step)
        if length > 4:
            adaptive = np.sqrt((1 - beta_2**step) / square)
            rectification = np.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length))
            theta = theta - rate * rectification * unbiased * adaptive
        else:
            theta = theta - rate * unbiased
    return theta


def stepped(optimizer, gradients, start):
    variable = keras.Variable(np.array(start, np.float32))
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
    return variable.numpy()


def some_gradients(count):
    return np.random.default_rng(1).normal(0.5, 1.0, (count, 3))


def test_it_follows_the_published_equations_before_and_after_rectification():
    start = [1.0, -2.0, 0.5]
    for steps in (1, 4, 5, 6, 7, 60):
        gradients = some_gradients(steps)
        assert np.allclose(stepped(RAdam(0.1), gradients, start), published(gradients, start), rtol=1e-4, atol=1e-4)


def test_late_steps_are_those_of_adam():
    start, gradient = [1.0, -2.0, 0.5], [np.array([0.5, -1.0, 2.0])]
    moves = []
    for optimizer in (RAdam(0.1), keras.optimizers.Adam(0.1)):
        variable = keras.Variable(np.array(start, np.float32))
        optimizer.build([variable])
        optimizer.iterations.assign(20_000)
        for moment in optimizer.variables[2:]:
            moment.assign(np.full(3, 0.25, np.float32))
        optimizer.apply([keras.ops.convert_to_tensor(gradient[0], "float32")], [variable])
        moves.append(variable.numpy() - np.array(start, np.float32))
    assert np.allclose(*moves, rtol=1e-3)


def test_an_optimizer_is_serialized_with_its_settings():
    optimizer = RAdam(0.01, beta_1=0.8, weight_decay=0.1, global_clipnorm=2.0)
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(copy) is RAdam
    assert copy.get_config() == optimizer.get_config()
    assert (copy.beta_1, copy.weight_decay, copy.global_clipnorm) == (0.8, 0.1, 2.0)


def test_weight_decay_is_decoupled_from_the_gradient():
    decayed = stepped(RAdam(0.1, weight_decay=0.5), [np.zeros(1)], [2.0])
    assert decayed.tolist() == [np.float32(2.0 - 0.1 * 0.5 * 2.0)]

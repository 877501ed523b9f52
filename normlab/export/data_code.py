"""The part of the script that reads the images: the same splits, subset and wrong labels as in `normlab.images`."""

from normlab.choices import TRAINING_IMAGES, Augmentation, Dataset
from normlab.config import DataConfig, RunConfig
from normlab.images import NORMALIZATION

_DIGITS = '''def read_images():
    """Images (N, 28, 28) in 0..255 and labels (N,) for training, then for test.

    The digits have 8×8 pixels: each becomes 3×3, with a black edge of 2 around.
    """
    raw, labels = load_digits(return_X_y=True)
    scaled = np.rint(raw.reshape(-1, 8, 8) * (255 / 16))
    images = np.pad(np.kron(scaled, np.ones((1, 3, 3))), ((0, 0), (2, 2), (2, 2)))
    order = stratified_order(labels, seed=1)
    known, test = np.sort(order[:997]), np.sort(order[997:])
    return images[known], labels[known], images[test], labels[test]'''

_TORCHVISION = '''def read_images():
    """Images (N, 28, 28) in 0..255 and labels (N,) for training, then for test.

    Downloads them once into ./data.
    """
    train = datasets.{name}("data", train=True, download=True)
    test = datasets.{name}("data", train=False, download=True)
    arrays = (train.data, train.targets, test.data, test.targets)
    return [array.numpy() for array in arrays]'''

_ORDER = '''def stratified_order(labels, seed):
    """A shuffled order in which each leading part has every class in its share."""
    random = np.random.RandomState(seed).random_sample(len(labels))
    shuffled = np.argsort(random, kind="stable")
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.argsort(place, kind="stable")'''

_LOAD = '''def load_data():
    """Images (N, 1, 28, 28) and labels (N,) of each split, as tensors."""
    images, labels, test_images, test_labels = read_images()
{pick}
    return {{
        "train": to_tensors(images[train], labels[train]),
        "clean train": to_tensors(images[train[:5000]], labels[train[:5000]]),
{validation}        "test": to_tensors(test_images, test_labels),
    }}


def to_tensors(images, labels):
    """0..255 becomes normalized floats, with one channel."""
    x = torch.from_numpy(np.asarray(images, dtype=np.float32)).unsqueeze(1) / 255
    return (x - {mean!r}) / {std!r}, torch.from_numpy(np.asarray(labels, dtype=np.int64))'''

_VALIDATION = '        "validation": to_tensors(images[validation], labels[validation]),\n'

_HOLD_OUT = """    order = stratified_order(labels, seed=1)
    known, validation = np.sort(order[:{size}]), np.sort(order[{size}:])"""

_NOISE = """    rank, other = np.random.RandomState(3).random_sample((2, len(known)))
    count = round({noise!r} * len(chosen))  # so many training labels become wrong
    wrong = chosen[np.argsort(rank[chosen], kind="stable")[:count]]
    shift = 1 + (9 * other[wrong]).astype(int)
    labels[known[wrong]] = (labels[known[wrong]] + shift) % 10"""

_AUGMENT = '''TURN = v2.RandomRotation(7, fill={fill})
ERASE = v2.RandomErasing(p=0.5, scale=(0.02, 0.2), ratio=(0.3, 3.3), value=0)


def augment(images):
    """The study's: each image turned by up to 7°, in half of them a rectangle erased."""
    return torch.stack([ERASE(TURN(image)) for image in images])'''


def data_code(config: RunConfig) -> str:
    """`stratified_order`, `read_images`, `load_data`, `to_tensors` and, where configured, `augment`."""
    data = config.data
    name = "MNIST" if data.dataset is Dataset.MNIST else "FashionMNIST"
    read = _DIGITS if data.dataset is Dataset.DIGITS else _TORCHVISION.format(name=name)
    mean, std = NORMALIZATION[data.dataset]
    validation = _VALIDATION if data.validation else ""
    load = _LOAD.format(pick=_pick(data), validation=validation, mean=mean, std=std)
    parts = [_ORDER, read, load]
    if data.augmentation is Augmentation.STUDY:
        parts.append(_AUGMENT.format(fill=f"{(1 / 255 - mean) / std:.4f}"))
    return "\n\n\n".join(parts)


def _pick(data: DataConfig) -> str:
    """Lines that set `train`, and where configured `validation` and wrong labels."""
    size = f"[:{data.train_size}]" if data.train_size else ""
    hold_out = _HOLD_OUT.format(size=TRAINING_IMAGES[data.dataset])
    return "\n".join(
        [
            hold_out if data.validation else "    known = np.arange(len(labels))",
            f"    chosen = stratified_order(labels[known], seed=2){size}",
            *([_NOISE.format(noise=data.label_noise)] if data.label_noise else []),
            "    train = known[chosen]",
        ]
    )

"""The part of the script that reads the images: the same splits, subset and wrong labels as in `normlab.images`."""

from normlab.choices import Augmentation
from normlab.config import DataConfig, RunConfig

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
    spec = data.dataset.spec
    mean, std = spec.normalization
    validation = _VALIDATION if data.validation else ""
    load = _LOAD.format(pick=_pick(data), validation=validation, mean=mean, std=std)
    parts = [_ORDER, spec.script.definition, load]
    if data.augmentation is Augmentation.STUDY:
        parts.append(_AUGMENT.format(fill=f"{(1 / 255 - mean) / std:.4f}"))
    return "\n\n\n".join(parts)


def _pick(data: DataConfig) -> str:
    """Lines that set `train`, and where configured `validation` and wrong labels."""
    size = f"[:{data.train_size}]" if data.train_size else ""
    hold_out = _HOLD_OUT.format(size=data.dataset.spec.training)
    return "\n".join(
        [
            hold_out if data.validation else "    known = np.arange(len(labels))",
            f"    chosen = stratified_order(labels[known], seed=2){size}",
            *([_NOISE.format(noise=data.label_noise)] if data.label_noise else []),
            "    train = known[chosen]",
        ]
    )

"""The part of the script that trains and evaluates."""

from normlab.choices import Augmentation, L1Step, Optimizer, Schedule
from normlab.config import OptimConfig, RunConfig

_TRAIN = '''@torch.no_grad()
def evaluate(network, images, labels):
    """Mean loss in nats and accuracy in percent, in eval mode."""
    network.eval()
    output = torch.cat([network(part) for part in images.split(1000)])
    accuracy = (output.argmax(dim=1) == labels).float().mean().item()
    return functional.nll_loss(output, labels).item(), 100 * accuracy


def train():
    """Train, print the scores after every epoch, return the network."""
    torch.manual_seed(SEED)
    data = load_data()
    images, labels = data.pop("train")
    network = build_network()
    optimizer = {optimizer}
{schedule}    for epoch in range(1, EPOCHS + 1):
        network.train()
        for batch in torch.randperm(len(images)).split(BATCH):
            output = network({batch})
            loss = functional.nll_loss(output, labels[batch]){penalty}
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
{after_step}        scores = {{name: evaluate(network, *split) for name, split in data.items()}}
{after_epoch}        print(f"epoch {{epoch}} of {{EPOCHS}}")
        for name, (loss, accuracy) in scores.items():
            print(f"    {{name:12}} loss {{loss:.4f}}  accuracy {{accuracy:.2f}} %")
    return network'''


def training_code(config: RunConfig) -> str:
    """`evaluate` and `train`."""
    penalty, optim = config.penalty, config.optim
    proximal = bool(penalty.l1) and penalty.l1_step is L1Step.PROXIMAL
    explicit = bool(penalty.l2) or (bool(penalty.l1) and not proximal)
    after_step = '            soft_threshold(network, optimizer.param_groups[0]["lr"])\n' if proximal else ""
    after_step += "            schedule.step()\n" if optim.schedule is Schedule.ONE_CYCLE else ""
    plateau = {Schedule.PLATEAU_TEST: "test", Schedule.PLATEAU_VALIDATION: "validation"}.get(optim.schedule)
    return _TRAIN.format(
        optimizer=_optimizer(optim),
        schedule=_schedule(optim),
        batch="augment(images[batch])" if config.data.augmentation is Augmentation.STUDY else "images[batch]",
        penalty=" + penalty(network)" if explicit else "",
        after_step=after_step,
        after_epoch=f'        schedule.step(scores["{plateau}"][0])\n' if plateau else "",
    )


def _optimizer(optim: OptimConfig) -> str:
    if optim.optimizer is Optimizer.SGD:
        return f"torch.optim.SGD(network.parameters(), lr=LR, momentum={optim.momentum!r})"
    return "torch.optim.Adam(network.parameters(), lr=LR)"


_ONE_CYCLE = """    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LR, total_steps=steps, cycle_momentum=False
    )
"""
_PLATEAU = """    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=2, min_lr=0.001
    )
"""


def _schedule(optim: OptimConfig) -> str:
    match optim.schedule:
        case Schedule.ONE_CYCLE:
            return _ONE_CYCLE
        case Schedule.CONSTANT:
            return ""
        case _:
            return _PLATEAU

"""What a run is: its frozen configuration and the rules it obeys.

Knows nothing of files, widgets or torch. Text forms (URL, TOML, command line) are in `settings.py`, the content hash
that names a run in `identity.py`.
"""

from dataclasses import dataclass

from normlab.choices import (
    BLOCK_CHANNELS,
    Augmentation,
    BlockNumber,
    Dataset,
    DropoutPlace,
    L1Step,
    Norm,
    Optimizer,
    Schedule,
    Scope,
    Trainable,
    Widths,
)
from normlab.rules import Checked as _Checked
from normlab.rules import ConfigError as ConfigError
from normlab.rules import setting as _setting
from normlab.rules import told as _told


@_told
@dataclass(frozen=True, slots=True)
class DataConfig(_Checked):
    """Which images, how many, and what is done to them."""

    dataset: Dataset = _setting(
        Dataset.DIGITS,
        "Data set",
        "The images to learn from. `digits` comes with the app; the others are downloaded once.",
    )
    train_size: int = _setting(
        0,
        "Training images",
        "How many training images are used; 0 means all.",
        low=0,
        high=60_000,
    )
    validation: bool = _setting(
        True,
        "Hold out a validation split",
        "Sets some training images aside, so that choices need not use the test set. The study had none.",
    )
    label_noise: float = _setting(
        0.0,
        "Label noise",
        "Share of training labels replaced by a random other class. Test labels stay correct.",
        low=0.0,
        high=0.9,
    )
    augmentation: Augmentation = _setting(
        Augmentation.NONE,
        "Augmentation",
        "The study rotates each training image by up to 7° and erases a rectangle in half of them.",
    )

    def __post_init__(self) -> None:
        super(DataConfig, self).__post_init__()
        if self.train_size > self.available:
            raise ConfigError(
                "train_size",
                f"train_size={self.train_size} is more than the {self.available} training images of "
                f"{self.dataset}; use at most that, or 0 for all.",
            )
        if 0 < self.train_size < 50:
            raise ConfigError("train_size", f"train_size={self.train_size} is too few; use 0 for all, or at least 50.")

    @property
    def available(self) -> int:
        """Training images that this data set and validation split leave."""
        spec = self.dataset.spec
        return spec.training + (0 if self.validation else spec.validation)

    @property
    def training_images(self) -> int:
        return self.train_size or self.available


@_told
@dataclass(frozen=True, slots=True)
class ModelConfig(_Checked):
    """The study's network: which norms, how much dropout."""

    norms: tuple[Norm, ...] = _setting(
        (Norm.BN,),
        "Normalization",
        "Rescales each block's outputs. Norms differ in which values they measure together. Choose none, one, or "
        "several, applied one after the other.",
    )
    dropout: float = _setting(
        0.05,
        "Dropout",
        "Probability with which each value is zeroed in training. 0 turns it off.",
        low=0.0,
        high=0.9,
    )
    groups: int = _setting(
        2,
        "GroupNorm groups",
        "GroupNorm splits the channels into this many groups, each with its own mean and variance.",
        low=1,
        high=8,
    )
    dropout_place: DropoutPlace = _setting(
        DropoutPlace.BEFORE_NORM,
        "Dropout's place",
        "Before the norm, dropout changes what this block's BatchNorm remembers; after it, what the next block's does.",
    )
    widths: Widths = _setting(
        Widths.STUDY,
        "Channel widths",
        "`study` is the original network. `even` uses multiples of 8, so that 1, 2, 4 or 8 groups fit.",
    )
    bn_momentum: float = _setting(
        0.1,
        "BatchNorm momentum",
        "Weight of the newest batch in BatchNorm's running mean and variance. 0.1 remembers about ten batches.",
        low=0.0,
        high=1.0,
    )
    ghost_batch: int = _setting(
        0,
        "Ghost batch",
        "BatchNorm computes its statistics over groups of this many images instead of the batch; 0 means the batch.",
        low=0,
        high=1024,
    )
    study_exact: bool = _setting(
        False,
        "Study's network without a norm",
        "Without a norm, normlab adds biases and a fitting initialization. This gives the study's bare network.",
    )
    norm_blocks: tuple[BlockNumber, ...] = _setting(
        tuple(BlockNumber),
        "Blocks with a norm",
        "Which blocks have the norm; the others have none. All else stays: initial weights, and no bias is added.",
        low=1,
    )
    init_scale: float = _setting(
        1.0,
        "Initial weights ×",
        "Multiplies the initial weights of every convolution but the head's.",
        low=0.01,
        high=100.0,
    )

    def __post_init__(self) -> None:
        super(ModelConfig, self).__post_init__()
        misfit = [c for c in BLOCK_CHANNELS[self.widths] if c % self.groups]
        if self.is_grouped and misfit:
            fix = "use 1 or 2 groups, or widths=even" if self.widths is Widths.STUDY else "use 1, 2, 4 or 8 groups"
            raise ConfigError(
                "groups", f"groups={self.groups} must divide the channels ({misfit[0]} is left over): {fix}."
            )

    @property
    def remembers(self) -> bool:
        """Whether a norm keeps running statistics: then evaluation computes something else than training."""
        return any(norm.spec.remembers for norm in self.norms)

    @property
    def is_grouped(self) -> bool:
        """Whether the number of groups has an effect."""
        return any(norm.spec.is_grouped for norm in self.norms)


@_told
@dataclass(frozen=True, slots=True)
class PenaltyConfig(_Checked):
    """L1 adds λ·Σ|p| to the loss, L2 adds λ/2·Σp² (under SGD: weight_decay = λ)."""

    l1: float = _setting(
        0.0,
        "L1 λ",
        "Adds λ·Σ|p| to the loss: pulls every weight to zero at the same pace. It multiplies a sum, so 0.01 is a lot.",
        low=0.0,
        high=1.0,
    )
    l2: float = _setting(
        0.0,
        "L2 λ",
        "Adds λ/2·Σp² to the loss: shrinks large weights most. With plain SGD it is the same as weight decay.",
        low=0.0,
        high=1.0,
    )
    l1_scope: Scope = _setting(Scope.ALL, "L1 covers", "Which parameters L1 pulls on. The study penalized all of them.")
    l2_scope: Scope = _setting(Scope.ALL, "L2 covers", "Which parameters L2 pulls on. The study penalized all of them.")
    l1_step: L1Step = _setting(
        L1Step.SUBGRADIENT,
        "L1 step",
        "`subgradient` adds the penalty's slope to the gradient and rarely reaches zero; "
        "`proximal` sets small weights to exactly zero.",
    )


_SHORTEST = 0.01
"""Lengths that are held, as a multiple of the initial ones."""


@_told
@dataclass(frozen=True, slots=True)
class OptimConfig(_Checked):
    """How the weights are updated, and for how long."""

    optimizer: Optimizer = _setting(Optimizer.SGD, "Optimizer", "The rule that turns gradients into steps.")
    lr: float = _setting(
        0.03,
        "Learning rate",
        "Step size; with the one-cycle schedule, its maximum.",
        low=1e-6,
        high=10.0,
    )
    momentum: float = _setting(
        0.9,
        "Momentum",
        "How much of the last step carries over to the next (SGD only).",
        low=0.0,
        high=1.0,
        below=True,
    )
    schedule: Schedule = _setting(
        Schedule.ONE_CYCLE,
        "Schedule",
        "How the learning rate changes. The study halved it when the test loss stalled, which uses the test set.",
    )
    batch_size: int = _setting(32, "Batch size", "Images in one step.", low=2, high=1024)
    epochs: int = _setting(15, "Epochs", "Passes over the training images.", low=1, high=200)
    trainable: Trainable = _setting(
        Trainable.ALL,
        "What learns",
        "Which parameters learn; the rest stays as it starts. `norm`: γ and β. `random`: as many random weights.",
    )
    conv_lr_scale: float = _setting(
        1.0,
        "Convolutions' learning rate ×",
        "Multiplies the learning rate of every convolution but the head's.",
        low=1e-4,
        high=1e4,
    )
    weight_norms: float = _setting(
        0.0,
        "Hold weight lengths at ×",
        "After each step, every convolution but the head's gets this multiple of its initial length. 0: free lengths.",
        low=0.0,
        high=100.0,
    )

    def __post_init__(self) -> None:
        super(OptimConfig, self).__post_init__()
        if 0 < self.weight_norms < _SHORTEST:
            raise ConfigError(
                "weight_norms",
                f"weight_norms={self.weight_norms:g} is too short; use 0 for free lengths, or at least {_SHORTEST:g}.",
            )


BN_MODES_COST = 1.5
"""The seconds of a run with `bn_modes` on 6,000 images of MNIST, divided by those of one without: `normlab bench`
measures it, and a test compares it with docs/performance-*.json."""


@_told
@dataclass(frozen=True, slots=True)
class RunConfig(_Checked):
    """Everything that decides a run's outcome."""

    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    penalty: PenaltyConfig = PenaltyConfig()
    optim: OptimConfig = OptimConfig()
    seed: int = _setting(0, "Seed", "Decides initial weights, batch order and dropout.", low=0, high=999_999)
    bn_modes: bool = _setting(
        False,
        "Record BatchNorm's three modes",
        "Tests the network with batch and re-estimated statistics after every epoch, not just the last. Training stays "
        f"the same but takes longer: {BN_MODES_COST:.1f} times as long on 6,000 MNIST images.",
    )

    def __post_init__(self) -> None:
        super(RunConfig, self).__post_init__()
        self._check_penalty_fits()
        self._check_batches_fit()
        self._check_something_learns()

    @property
    def steps(self) -> int:
        """Updates of the weights in the whole run; the last batch of an epoch may be smaller."""
        return -(-self.data.training_images // self.optim.batch_size) * self.optim.epochs

    def _check_penalty_fits(self) -> None:
        penalty, norms = self.penalty, self.model.norms
        for name, weight, scope in (
            ("l1_scope", penalty.l1, penalty.l1_scope),
            ("l2_scope", penalty.l2, penalty.l2_scope),
        ):
            if weight and scope is Scope.GAMMA and not norms:
                raise ConfigError(
                    name, f"{name}=gamma has nothing to cover without a norm: choose a norm or another scope."
                )
        if penalty.l1 and penalty.l1_step is L1Step.PROXIMAL and self.optim.optimizer is not Optimizer.SGD:
            raise ConfigError("l1_step", f"l1_step=proximal goes with optimizer=sgd, not {self.optim.optimizer}.")

    def _check_something_learns(self) -> None:
        trainable = self.optim.trainable
        if trainable in (Trainable.NORM, Trainable.RANDOM) and not self.model.norms:
            raise ConfigError(
                "trainable", f"trainable={trainable} has nothing to train without a norm: choose a norm, all or head."
            )

    def _check_batches_fit(self) -> None:
        batch, ghost = self.optim.batch_size, self.model.ghost_batch
        if batch > self.data.training_images:
            raise ConfigError(
                "batch_size", f"batch_size={batch} is more than the {self.data.training_images} training images."
            )
        if self.model.remembers and ghost and batch % ghost:
            raise ConfigError("ghost_batch", f"ghost_batch={ghost} must divide batch_size={batch}; 0 turns it off.")
        if self.optim.schedule is Schedule.PLATEAU_VALIDATION and not self.data.validation:
            raise ConfigError(
                "schedule", "schedule=plateau-validation needs validation=true, or choose another schedule."
            )

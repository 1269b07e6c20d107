"""The seed of what a test draws: told, so that it can be given again."""
import os


def fresh():
    """Another one each time."""
    return int.from_bytes(os.urandom(4), "big")


def draw():
    """SL_SEED from the environment, else a fresh one."""
    seed = int(os.environ.get("SL_SEED", "0")) or fresh()
    tell(seed)
    return seed


def tell(seed):
    print("seed %d (SL_SEED=%d)" % (seed, seed), flush=True)


def parse(parser):
    """The arguments, --seed among them, which goes before SL_SEED."""
    parser.add_argument("--seed", type=int)
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = draw()
    else:
        tell(arguments.seed)
    return arguments

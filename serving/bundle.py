"""Published models in memory: loaded from their folders, tested, swapped while requests go on."""

import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import onnxruntime as ort  # type: ignore[import-untyped] # ships no types
import structlog

from features.catalogue import by_name as CATALOGUE
from models import manifest as contract
from models.manifest import Manifest, Timing
from serving.explain import Explainer

Rows = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]

PARITY = 1e-4  # export demands 1e-5 on real rows; the self test asks odd rows, at float32's edges
log = structlog.get_logger(__name__)


class BundleRefused(ValueError):
    """A published bundle that must not be served; the message says why."""


@dataclass(frozen=True)
class Bundle:
    """One version of one model. Rows are float32 [rows, len(columns)], NaN where missing."""

    manifest: Manifest
    session: ort.InferenceSession
    explainer: Explainer

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Features of the catalogue that the model reads, in order (without the step of a timing model)."""
        step = self.manifest.timing.step_feature if self.manifest.timing else None
        return tuple(name for name in self.manifest.features if name != step)

    def score(self, rows: Rows) -> Probabilities:
        """Calibrated probability of each row of `manifest.features`."""
        if not len(rows):
            return np.zeros(0)
        (found,) = self.session.run([self.manifest.output], {self.manifest.input: rows})
        return np.asarray(found, np.float64).reshape(len(rows))

    def at_step(self, rows: Rows, step: npt.NDArray[np.float32] | float) -> Rows:
        """`manifest.features` rows of a timing model at the given steps."""
        position = self.manifest.features.index(self._timing.step_feature)
        return np.ascontiguousarray(np.insert(rows, position, step, axis=1), np.float32)

    def cumulative(self, rows: Rows) -> Probabilities:
        """Of a timing model: [rows, steps], probability that it has happened by the end of each step."""
        steps = self._timing.steps
        tiled = self.at_step(
            np.repeat(rows, steps, axis=0), np.tile(np.arange(steps, dtype=np.float32), len(rows))
        )
        hazards = self.score(tiled).reshape(len(rows), steps)
        return np.asarray(1.0 - np.cumprod(1.0 - hazards, axis=1), np.float64)

    @property
    def _timing(self) -> Timing:
        if self.manifest.timing is None:
            raise TypeError(f"{self.manifest.name} is not a timing model")
        return self.manifest.timing


def load(folder: Path) -> Bundle:
    """Read and test one bundle folder.

    Raises:
        BundleRefused: a file is missing or damaged, a feature is unknown here, or the graph and the
            explained trees do not say the same.
    """
    try:
        manifest = contract.read(folder)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = ort.InferenceSession(
            str(folder / contract.ONNX), options, providers=["CPUExecutionProvider"]
        )
        bundle = Bundle(manifest, session, Explainer(folder / contract.BOOSTER))
        _test(bundle, folder)
    except BundleRefused:
        raise
    except Exception as error:
        # Each library has errors of its own for a damaged file; whichever it is, the old model stays.
        raise BundleRefused(f"{type(error).__name__}: {error}") from error
    return bundle


def _test(bundle: Bundle, folder: Path) -> None:
    manifest = bundle.manifest
    if (manifest.name, manifest.version) != (folder.parent.name, folder.name):
        raise BundleRefused(f"the manifest says {manifest.name} {manifest.version}, the folder otherwise")
    if (manifest.kind == "timing") != (manifest.timing is not None):
        raise BundleRefused("kind and timing contradict each other")
    unknown = [n for n in (*bundle.columns, *manifest.essential, *manifest.excluded) if n not in CATALOGUE]
    if unknown:
        raise BundleRefused(f"features unknown to this version of the program: {', '.join(unknown)}")
    if bundle.explainer.features != len(manifest.features):
        raise BundleRefused("model.txt has another number of features than the manifest")
    width = len(manifest.features)
    noise = np.random.default_rng(0).normal(50, 40, (14, width)).astype(np.float32)
    rows = np.vstack([np.full((1, width), np.nan), np.zeros((1, width)), noise]).astype(np.float32)
    try:
        scored = bundle.score(rows)
    except Exception as error:  # the runtime's own errors: a wrong name, a wrong shape
        raise BundleRefused(f"the graph cannot be run: {error}") from error
    if not (np.isfinite(scored).all() and ((scored >= 0) & (scored <= 1)).all()):
        raise BundleRefused("the graph gives numbers that are no probabilities")
    if (folder / contract.CHECK).exists():
        rows_kept, expected_of_them = _check(folder)
        if not float(np.abs(bundle.score(rows_kept) - expected_of_them).max(initial=0.0)) <= PARITY:
            raise BundleRefused("the graph does not give the probabilities that were stored with it")
    raw = bundle.explainer.contributions(rows).sum(axis=1)
    platt = manifest.calibration
    expected = 1.0 / (1.0 + np.exp(-(platt.slope * raw + platt.intercept)))
    if (gap := float(np.abs(expected - scored).max())) > PARITY:
        raise BundleRefused(f"the graph and model.txt differ by {gap:.2g}")


def _check(folder: Path) -> tuple[Rows, Probabilities]:
    """Rows that were kept at export, with their probabilities."""
    try:
        check = json.loads((folder / contract.CHECK).read_bytes())
        rows = np.asarray(check["rows"], np.float32)  # null is read as NaN
        probability = np.asarray(check["probability"], np.float64)
    except Exception as error:
        # Not the message: it may repeat a value of the rows.
        raise BundleRefused(f"{contract.CHECK} is damaged ({type(error).__name__})") from error
    if probability.shape != (len(rows),):
        raise BundleRefused(f"{contract.CHECK} is damaged: not one probability a row")
    return rows, probability


Pointers = Mapping[str, tuple[int, int]]


class Bundles:
    """The models of a folder as they are now. `current` pointers are looked at on every `poll`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: Pointers = {}
        self._lock = Lock()
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="bundle")
        self._pending: Future[None] | None = None
        self.loaded: Mapping[str, Bundle] = {}
        self.refused: Mapping[str, str] = {}

    def poll(self, wait: bool = False) -> Mapping[str, Bundle]:
        """What is served now; if a pointer changed, the new version loads beside it.

        With `wait`, or while nothing is loaded yet, the call returns after loading. The mapping
        never changes afterwards, so one request sees one set of versions.
        """
        pointers = self._pointers()
        if pointers != self._seen:
            with self._lock:
                if pointers != self._seen:
                    self._seen = pointers
                    self._pending = self._loader.submit(self._load, pointers)
        if self._pending is not None and (wait or not self.loaded):
            self._pending.result()
        return self.loaded

    def close(self) -> None:
        self._loader.shutdown()

    def _pointers(self) -> Pointers:
        found = {}
        try:
            folders = list(self._root.iterdir())
        except FileNotFoundError:
            return {}
        except OSError:
            return self._seen  # the disk does not answer just now: what is loaded goes on serving
        for folder in folders:
            try:
                stat = (folder / contract.CURRENT).stat()
            except OSError:
                continue
            found[folder.name] = (stat.st_mtime_ns, stat.st_ino)
        return found

    def _load(self, pointers: Pointers) -> None:
        loaded, refused = {}, {}
        for name in sorted(pointers):
            old = self.loaded.get(name)
            version = None
            try:
                folder = contract.current(self._root, name)
                if folder is None:
                    continue
                version = folder.name
                if old is not None and old.manifest.version == version:
                    loaded[name] = old
                    continue
                loaded[name] = load(folder)
            except Exception as error:  # noqa: BLE001 - one model's fault must not take the others down
                refused[name] = str(error) if isinstance(error, BundleRefused) else type(error).__name__
                log.error(
                    "bundle refused",
                    model=name,
                    version=version,
                    reason=refused[name],
                    serving=old.manifest.version if old else None,
                )
                if old is not None:
                    loaded[name] = old
                continue
            log.info("bundle loaded", model=name, version=version)
        self.loaded, self.refused = loaded, refused

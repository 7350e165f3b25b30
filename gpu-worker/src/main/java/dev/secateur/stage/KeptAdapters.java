package dev.secateur.stage;

import dev.secateur.protocol.Tuning;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LossCurve;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps a copy of an adapter every few steps of its training, beside the training's state, so that
 * a training that resumes after an interruption still has the earlier ones.
 */
final class KeptAdapters implements TrainingListener {
  private final LoraAdapter adapter;
  private final Tuning tuning;
  private final TrainingState state;
  private final TrainingListener next;
  private final Map<Integer, Path> kept = new TreeMap<>();
  private boolean begun;

  KeptAdapters(LoraAdapter adapter, Tuning tuning, TrainingState state, TrainingListener next) {
    this.adapter = adapter;
    this.tuning = tuning;
    this.state = state;
    this.next = next;
  }

  @Override
  public void noticed(TrainingNotices notices) {
    next.noticed(notices);
  }

  @Override
  public void stepDone(Trainer.Step step) {
    if (!begun) {
      begun = true;
      findThoseBefore(step.step());
    }
    for (int due : due()) {
      if (due == step.step()) {
        keep(due);
      }
    }
    next.stepDone(step);
  }

  @Override
  public void validated(LossCurve.Spot spot, int steps) {
    next.validated(spot, steps);
  }

  private List<Integer> due() {
    List<Integer> due = new ArrayList<>();
    for (int i = 1; i <= tuning.kept(); i++) {
      due.add(i * tuning.keepEvery());
    }
    return due;
  }

  private Path folder() {
    Path file = state.file().toAbsolutePath();
    return file.resolveSibling(file.getFileName() + ".kept");
  }

  private void keep(int step) {
    try {
      Files.createDirectories(folder());
      adapter.keep(folder(), step);
      kept.put(step, folder().resolve(LoraAdapter.keptFile(step)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void findThoseBefore(int first) {
    for (int step : due()) {
      Path file = folder().resolve(LoraAdapter.keptFile(step));
      if (step < first && Files.isRegularFile(file)) {
        kept.put(step, file);
      } else if (step < first) {
        startOver(file);
      }
    }
  }

  private void startOver(Path missing) {
    try {
      state.delete();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(missing + ": no longer exists; the training starts over");
  }

  /** Moves them into the finished artifact. */
  void moveTo(Path artifact) throws IOException {
    if (!begun) {
      findThoseBefore(Integer.MAX_VALUE); // all steps were done before the interruption
    }
    for (Path file : kept.values()) {
      Files.move(file, artifact.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.deleteIfExists(folder());
  }
}

package dev.secateur.coordinator.config;

import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TextRef;
import java.math.BigDecimal;
import java.util.List;
import java.util.OptionalLong;

/** Resolves what a configuration names: checkpoints and texts. */
public interface Sources {
  /**
   * @param name a checkpoint folder, or {@code demo}
   * @throws InputException when there is no such checkpoint or its family is not supported
   */
  ModelRef model(String name);

  /**
   * How the names of the layers that can get an adapter end, each once.
   *
   * @param model a checkpoint's name
   * @throws InputException when there is no such checkpoint or its family is not supported
   */
  List<String> projections(String model);

  /**
   * @param name a file, or {@code wordnet}
   * @throws InputException when there is no such file
   */
  TextRef text(String name);

  /**
   * @param name a folder of multiple-choice tasks, or {@code wordnet}
   * @throws InputException when there is no such folder, or no task in it
   */
  TextRef tasks(String name);

  /**
   * Bytes of its device that a worker needs for a stage at least, for sweeps that declare none;
   * empty where that is unknown.
   *
   * @param stage of a model that this has resolved
   */
  default OptionalLong memory(StageSpec stage) {
    return OptionalLong.empty();
  }

  /**
   * The ratio that leaves a model as many parameters as another point does, as nearly as the units
   * of this one allow.
   *
   * @param model that this has resolved
   * @param point whose ratio counts nothing
   */
  default BigDecimal matching(ModelRef model, Point reference, Point point) {
    throw new UnsupportedOperationException("sizes of models are unknown here");
  }

  /** What can be known of a plan before any of it runs. Reads files. */
  default Rehearsed rehearse(SweepPlan plan) {
    return Rehearsed.NOTHING;
  }

  /** The criteria of plug-ins, each {@code name@version}. */
  default List<Criterion> criteria() {
    return List.of();
  }

  /**
   * The trial that a recipe from elsewhere makes of a model.
   *
   * @param name a file
   * @throws InputException when there is no such file, or it does not fit the model
   */
  default GivenRecipe recipe(String name, ModelRef model) {
    throw new InputException(name + ": recipes from elsewhere can't be read here");
  }

  /**
   * A recipe from elsewhere.
   *
   * @param point where in the grid it stands, as far as it says
   */
  record GivenRecipe(TextRef file, Point point) {}
}

package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.TextRef;

/** Resolves what a configuration names: checkpoints and texts. */
public interface Sources {
  /**
   * @param name a checkpoint folder, or {@code demo}
   * @throws InputException when there is no such checkpoint or its family is not supported
   */
  ModelRef model(String name);

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
}

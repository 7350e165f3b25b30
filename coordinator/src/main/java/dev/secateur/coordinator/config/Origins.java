package dev.secateur.coordinator.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepConfig;

/** Determines where a sweep comes from, once its configuration is read. */
public final class Origins {
  private static final int SHOWN = 4_000;

  private Origins() {}

  /**
   * @param command what its author typed, or asked of the API
   * @param client what sent it, as it calls itself
   * @param text the configuration as it was submitted
   * @param config what was read of it
   * @param owner whose it is; empty where nobody has shown who they are
   */
  public static Origin of(
      String command, String client, String text, SweepConfig config, String owner) {
    try {
      return new Origin(
          OneLine.of(command, SHOWN),
          OneLine.of(client, SHOWN),
          text,
          Json.MAPPER.writeValueAsString(config.settings()),
          OneLine.of(owner, SHOWN),
          config.labels(),
          config.notes(),
          config.tracking());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

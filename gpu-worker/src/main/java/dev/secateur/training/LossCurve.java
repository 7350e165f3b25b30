package dev.secateur.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The losses of a training, in nats per token.
 *
 * @param training of every step, on its own batch
 * @param validation of the steps after which the held-out loss was taken
 */
public record LossCurve(List<Spot> training, List<Spot> validation) {
  /** The file that keeps it beside an adapter or a trained checkpoint. */
  public static final String FILE = "losses.json";

  /** Of no training. */
  public static final LossCurve NONE = new LossCurve(List.of(), List.of());

  /**
   * @param step counted from one
   */
  public record Spot(int step, double loss) {}

  public LossCurve {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
  }

  /**
   * Writes it: {@code steps} and {@code loss} of the same length, {@code validation_steps} and
   * {@code validation_loss}.
   */
  public void write(Path folder) throws IOException {
    AtomicFile.write(folder.resolve(FILE), json() + "\n");
  }

  private String json() {
    Map<String, List<? extends Number>> lists = new LinkedHashMap<>();
    lists.put("steps", training.stream().map(Spot::step).toList());
    lists.put("loss", training.stream().map(Spot::loss).toList());
    lists.put("validation_steps", validation.stream().map(Spot::step).toList());
    lists.put("validation_loss", validation.stream().map(Spot::loss).toList());
    try {
      return Json.MAPPER.writeValueAsString(lists);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Step and loss in turn. */
  static double[] flat(List<Spot> spots) {
    return spots.stream()
        .flatMapToDouble(s -> java.util.stream.DoubleStream.of(s.step(), s.loss()))
        .toArray();
  }

  /** From step and loss in turn. */
  static List<Spot> spots(double[] flat) {
    List<Spot> spots = new ArrayList<>();
    for (int i = 0; i < flat.length; i += 2) {
      spots.add(new Spot((int) flat[i], flat[i + 1]));
    }
    return spots;
  }
}

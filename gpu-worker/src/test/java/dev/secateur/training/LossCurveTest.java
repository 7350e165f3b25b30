package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.training.LossCurve.Spot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses of a training, as files have them. */
class LossCurveTest {
  private static final List<Spot> STEPS =
      List.of(new Spot(1, 5.0625), new Spot(2, 4.5), new Spot(3, 0.1));

  @TempDir private Path folder;

  @Test
  void areListsInJson() throws IOException {
    new LossCurve(STEPS, List.of(new Spot(2, 4.25))).write(folder);
    assertThat(Files.readString(folder.resolve("losses.json")))
        .isEqualTo(
            "{\"steps\":[1,2,3],\"loss\":[5.0625,4.5,0.1],\"validation_steps\":[2],"
                + "\"validation_loss\":[4.25]}\n");
  }

  @Test
  void areTheSameOnceTheyWereSaved() {
    assertThat(LossCurve.spots(LossCurve.flat(STEPS))).isEqualTo(STEPS);
    assertThat(LossCurve.spots(LossCurve.flat(List.of()))).isEmpty();
  }
}

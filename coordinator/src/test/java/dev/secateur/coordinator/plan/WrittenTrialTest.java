package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.Trial.Extra;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Trials are journalled: what a version has written, later ones read and write the same. */
class WrittenTrialTest {
  private static final Trial PLAIN = plain();
  private static final Trial WHOLE =
      with(
          Arrays.stream(Extra.values())
              .collect(Collectors.toMap(Function.identity(), extra -> new StageKey("k-" + extra))));

  private static Trial plain() {
    FakeSources sources = new FakeSources("/models");
    String text = "models = [a], ratios = [0.5]";
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources)
        .trials()
        .get(0)
        .under(key -> new StageKey("k"));
  }

  private static Trial with(Map<Extra, StageKey> extras) {
    return new Trial(
        0,
        PLAIN.model(),
        PLAIN.point(),
        PLAIN.before(),
        PLAIN.pruning(),
        PLAIN.after(),
        extras,
        PLAIN.stages(),
        List.of());
  }

  private static String written(Trial trial) throws JsonProcessingException {
    return Json.MAPPER.writeValueAsString(trial);
  }

  private static Trial read(String written) throws JsonProcessingException {
    return Json.MAPPER.readValue(written, Trial.class);
  }

  @Test
  void namesEachOfItsStagesAtItsPlace() throws Exception {
    assertThat(written(WHOLE))
        .startsWith("{\"index\":0,\"model\":")
        .endsWith(
            ",\"before\":\"k\",\"pruning\":\"k\",\"after\":\"k\",\"recovery\":\"k-RECOVERY\","
                + "\"recovered\":\"k-RECOVERED\",\"training\":\"k-TRAINING\","
                + "\"trained\":\"k-TRAINED\",\"export\":\"k-EXPORT\",\"stages\":[\"k\"],"
                + "\"compensation\":\"k-COMPENSATION\"}");
    assertThat(read(written(WHOLE))).isEqualTo(WHOLE);
  }

  @Test
  void writesNullForStagesThatItDoesNotHaveButNoCompensation() throws Exception {
    assertThat(written(PLAIN))
        .endsWith(
            ",\"after\":\"k\",\"recovery\":null,\"recovered\":null,\"training\":null,"
                + "\"trained\":null,\"export\":null,\"stages\":[\"k\"]}");
    assertThat(read(written(PLAIN))).isEqualTo(PLAIN);
  }

  @Test
  void readsNullAndAbsenceAlike() throws Exception {
    String written = written(PLAIN);
    String absent = written.replaceAll("\"\\w+\":null,", "");
    assertThat(absent).doesNotContain("null");
    assertThat(read(absent)).isEqualTo(PLAIN);
    String nulls = written.replaceAll("}$", ",\"further\":null,\"compensation\":null}");
    assertThat(read(nulls)).isEqualTo(PLAIN);
  }
}

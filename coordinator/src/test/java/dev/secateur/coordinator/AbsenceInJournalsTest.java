package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Tracking;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What plans and origins do not have is null or absent where they are written. */
class AbsenceInJournalsTest {
  private static SweepPlan recovering(RecoveryBound when) {
    return new SweepPlan(
        "s", "digest", List.of(), List.of(), when, 3, Map.of(), CodeVersion.UNNAMED);
  }

  private static Stage needing(MemoryNeed memory) {
    return Stage.of(
        new StageKey("k"), new DiscoverySpec(new ModelRef("m", "/m", "hash", 1)), memory);
  }

  private static Origin reporting(Tracking tracking) {
    return new Origin("submit", "client", "text", "{}", "", new TreeMap<>(), "", tracking);
  }

  /** Checks the text that a field has, null of an absent one, and that it is read as it was. */
  private static void checkWritten(Object value, String field, String text)
      throws JsonProcessingException {
    String all = Json.MAPPER.writeValueAsString(value);
    JsonNode written = Json.MAPPER.readTree(all).get(field);
    assertThat(written == null ? null : written.toString()).isEqualTo(text);
    assertThat(Json.MAPPER.readValue(all, value.getClass())).isEqualTo(value);
  }

  /** Checks that a value is also read where a field is null, and where it is absent. */
  private static void checkNeutral(Object value, String field) throws JsonProcessingException {
    ObjectNode written = Json.MAPPER.valueToTree(value);
    written.putNull(field);
    assertThat(Json.MAPPER.treeToValue(written, value.getClass())).isEqualTo(value);
    written.remove(field);
    assertThat(Json.MAPPER.treeToValue(written, value.getClass())).isEqualTo(value);
  }

  @Test
  void aBoundOfRecoveriesHasANullForWhatItAllows() throws JsonProcessingException {
    int all = RecoveryBound.ALL.top();
    checkWritten(
        recovering(new RecoveryBound(40, 3)), "recoverWhen", "{\"perplexity\":40.0,\"top\":3}");
    checkWritten(
        recovering(new RecoveryBound(40, all)),
        "recoverWhen",
        "{\"perplexity\":40.0,\"top\":null}");
    RecoveryBound best = new RecoveryBound(RecoveryBound.ALL.perplexity(), 3);
    checkWritten(recovering(best), "recoverWhen", "{\"perplexity\":null,\"top\":3}");
    checkNeutral(best, "perplexity");
    checkNeutral(new RecoveryBound(40, all), "top");
    checkWritten(recovering(RecoveryBound.ALL), "recoverWhen", "null");
    checkNeutral(recovering(RecoveryBound.ALL), "recoverWhen");
  }

  @Test
  void aStageThatNeedsNoMemoryDiffersFromOneWhoseNeedIsUnknown() throws JsonProcessingException {
    checkWritten(needing(new MemoryNeed.AtLeast(3L << 30)), "memory", "3221225472");
    checkWritten(needing(new MemoryNeed.AtLeast(0)), "memory", "0");
    checkWritten(needing(new MemoryNeed.Unknown()), "memory", "null");
    checkNeutral(needing(new MemoryNeed.Unknown()), "memory");
  }

  @Test
  void servicesThatReceiveNoReportsAreNull() throws JsonProcessingException {
    Tracking runs = new Tracking("http://m", "e", "http://api", "", "");
    Tracking messages = new Tracking("", "e", "", "http://w", "VARIABLE");
    checkWritten(
        reporting(runs),
        "tracking",
        "{\"mlflow\":\"http://m\",\"experiment\":\"e\",\"links\":\"http://api\",\"webhook\":null,"
            + "\"secret\":\"\"}");
    checkWritten(
        reporting(messages),
        "tracking",
        "{\"mlflow\":null,\"experiment\":\"e\",\"links\":\"\",\"webhook\":\"http://w\","
            + "\"secret\":\"VARIABLE\"}");
    checkNeutral(runs, "webhook");
    checkNeutral(messages, "mlflow");
    checkWritten(reporting(Tracking.NONE), "tracking", null);
    checkNeutral(reporting(Tracking.NONE), "tracking");
  }
}

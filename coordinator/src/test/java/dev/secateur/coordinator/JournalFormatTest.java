package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * What a journal holds today must be read by every later version: the golden file has each event as
 * it was first written. A new event is added to it by running with {@code
 * -Dsecateur.golden.write=FILE}; a line that is there stays.
 */
class JournalFormatTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              "akka.actor.serialization-bindings {"
                  + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }"));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static List<SweepEvent> samples() {
    SweepId sweep = new SweepId("quickstart-1");
    StageKey key = new StageKey("0123456789abcdef");
    WorkerId worker = new WorkerId("local/1", "a");
    FakeSources sources = new FakeSources("/models");
    return List.of(
        new SweepEvent.SweepSubmitted(
            sweep,
            SweepPlanner.plan(
                SweepConfigReader.read(
                    "models = [a], ratios = [0.25], recovery {}, export = true", "s", sources),
                sources),
            "/runs/1"),
        new SweepEvent.StageLeased(sweep, new Lease(7, key, 2, worker), StageKind.PRUNING),
        new SweepEvent.StageCompleted(
            7,
            worker,
            new ArtifactRef(key, StageKind.PRUNING, "sha", 12),
            Map.of("perplexity", 12.5),
            1.25,
            true),
        new SweepEvent.StageRetried(7, key, StageKind.RECOVERY, FailureKind.INTERNAL, "why"),
        new SweepEvent.StageFailed(7, key, StageKind.RECOVERY, FailureKind.NUMERIC, "why"),
        new SweepEvent.LeaseVoided(7, key, StageKind.EXPORT, "why"),
        new SweepEvent.TrialCompleted(sweep, 3, Optional.of("why")),
        new SweepEvent.SweepCompleted(sweep, 18, 1),
        new SweepEvent.SweepCancelled(sweep, "why"));
  }

  @Test
  void readsEveryEventAsItWasFirstWritten() throws IOException {
    Properties golden = golden();
    Serialization serialization = SerializationExtension.get(KIT.system());
    for (SweepEvent event : samples()) {
      String name = event.getClass().getName();
      assertThat(golden.getProperty(name)).as(name + " in the golden file").isNotNull();
      SerializerWithStringManifest serializer =
          (SerializerWithStringManifest) serialization.findSerializerFor(event);
      assertThat(serializer.manifest(event)).isEqualTo(name);
      byte[] bytes = Base64.getDecoder().decode(golden.getProperty(name));
      assertThat(serializer.fromBinary(bytes, name)).isEqualTo(event);
    }
  }

  @Test
  void coversEveryEvent() {
    assertThat(samples().stream().map(Object::getClass).toList())
        .hasSameElementsAs(Arrays.asList(SweepEvent.class.getPermittedSubclasses()));
  }

  private static Properties golden() throws IOException {
    String write = System.getProperty("secateur.golden.write");
    if (write != null) {
      write(Path.of(write));
    }
    Properties golden = new Properties();
    try (InputStream file =
        JournalFormatTest.class.getResourceAsStream("/journal/events.properties")) {
      golden.load(file);
    }
    return golden;
  }

  private static void write(Path file) throws IOException {
    Serialization serialization = SerializationExtension.get(KIT.system());
    Map<String, String> lines = new TreeMap<>();
    for (SweepEvent event : samples()) {
      byte[] bytes = serialization.findSerializerFor(event).toBinary(event);
      lines.put(event.getClass().getName(), Base64.getEncoder().encodeToString(bytes));
    }
    Files.write(file, lines.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }
}

package dev.secateur.coordinator.golden;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.EventTypes;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.schedule.Upgrade;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.SweepEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Journals of every format that there was replay to the state that their writers had. When an event
 * is new or has a new field, and when {@link CodeVersion#CURRENT} is raised, write another pair of
 * files beside the old ones, which stay:
 *
 * <pre>
 * mvn -q -pl coordinator -am -Dsurefire.failIfNoSpecifiedTests=false -Dtest=GoldenJournalTest test \
 *     -Dsecateur.golden.journal=coordinator/src/test/resources/journal/whole/N
 * </pre>
 */
class GoldenJournalTest {
  private static final String WRITE = "secateur.golden.journal";

  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              "akka.actor.serialization-bindings {"
                  + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }"));

  private static final Serialization SERIALIZATION = SerializationExtension.get(KIT.system());

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  static List<GoldenJournal> journals() throws IOException {
    return GoldenJournal.all();
  }

  @ParameterizedTest
  @MethodSource("journals")
  void replaysToTheStateThatItsWriterHad(GoldenJournal journal) throws IOException {
    CoordinatorState state = GoldenJournal.replay(journal.events(SERIALIZATION));
    assertThat(StateText.of(state)).isEqualTo(journal.state());
  }

  /** As a coordinator does whose code is of the next version. */
  @ParameterizedTest
  @MethodSource("journals")
  void isPlannedAnewForTheNextVersion(GoldenJournal journal) throws IOException {
    CodeVersion next = new CodeVersion(CodeVersion.CURRENT.number() + 1);
    CoordinatorState before = GoldenJournal.replay(journal.events(SERIALIZATION));
    List<SweepEvent> events = Upgrade.to(next, before);
    CoordinatorState state = before;
    for (SweepEvent event : events) {
      GoldenJournal.Row row = GoldenJournal.Row.of(event, SERIALIZATION);
      assertThat(row.event(SERIALIZATION)).isEqualTo(event);
      state = state.apply(row.event(SERIALIZATION));
    }
    assertThat(Upgrade.to(next, state)).as("it was done").isEmpty();
    assertThat(state.leases()).isEmpty();
    assertThat(state.finished()).isEqualTo(before.finished());
    assertThat(state.unreported()).isEqualTo(before.unreported());
    assertThat(state.sweeps().keySet()).isEqualTo(before.sweeps().keySet());
    for (SweepState sweep : state.sweeps().values()) {
      SweepState old = before.sweeps().get(sweep.id());
      assertThat(sweep.status()).isEqualTo(old.status());
      assertThat(sweep.done()).isZero();
      assertThat(sweep.completed()).isEmpty();
      assertThat(sweep.plan().codeVersion()).isEqualTo(next);
      assertThat(sweep.plan().trials()).hasSameSizeAs(old.plan().trials());
      assertThat(sweep.plan().stages().stream().map(Stage::key).toList())
          .hasSameSizeAs(old.plan().stages())
          .doesNotContainAnyElementsOf(old.plan().stages().stream().map(Stage::key).toList());
    }
  }

  @Test
  void theNewestHasEveryEvent() throws IOException {
    List<GoldenJournal> journals = journals();
    GoldenJournal newest = journals.get(journals.size() - 1);
    assertThat(newest.events(SERIALIZATION).stream().map(Object::getClass).distinct().toList())
        .hasSameElementsAs(EventTypes.all());
  }

  /** What the newest holds is what this version writes; else it is time for another. */
  @Test
  void theNewestIsWhatThisVersionWrites() throws IOException {
    List<GoldenJournal> journals = journals();
    GoldenJournal newest = journals.get(journals.size() - 1);
    assertThat(newest.events(SERIALIZATION)).isEqualTo(GoldenScenario.events());
    assertThat(newest.rows().stream().map(row -> row.payload().length).toList())
        .isEqualTo(rows().stream().map(row -> row.payload().length).toList());
  }

  @Test
  @EnabledIfSystemProperty(named = WRITE, matches = ".+")
  void writesTheNextOne() throws IOException {
    Path root = Path.of(System.getProperty("secateur.root"));
    String file = System.getProperty(WRITE);
    assertThat(root.resolve(file + ".tsv"))
        .as("golden files are never written over")
        .doesNotExist();
    Files.writeString(
        root.resolve(file + ".tsv"),
        rows().stream().map(row -> row.line() + "\n").collect(Collectors.joining()));
    Files.writeString(
        root.resolve(file + ".state"), StateText.of(GoldenJournal.replay(GoldenScenario.events())));
  }

  private static List<GoldenJournal.Row> rows() {
    return GoldenScenario.events().stream()
        .map(event -> GoldenJournal.Row.of(event, SERIALIZATION))
        .toList();
  }
}

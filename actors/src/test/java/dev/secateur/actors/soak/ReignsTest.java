package dev.secateur.actors.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReignsTest {
  @TempDir Path folder;

  private Path log(String name, String... lines) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        String.join("", lines),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static String line(String second, String event) {
    return "{\"time\":\"2026-01-01T00:00:%sZ\",\"event\":\"coordinator-%s\"}\n"
        .formatted(second, event);
  }

  @Test
  void aReignEndsWhereItsCoordinatorSaysSo() throws IOException {
    Path first = log("a", line("01", "started"), line("05", "stopped"), line("20", "started"));
    Path second = log("b", line("07", "started"));
    List<Reigns.Reign> all = new Reigns(List.of(first, second)).all();
    assertThat(all).extracting(Reigns.Reign::node).containsExactly(0, 1, 0);
    assertThat(all.get(0).end()).contains(Instant.parse("2026-01-01T00:00:05Z"));
    assertThat(all.get(1).end()).isEmpty();
    assertThat(all.get(2).end()).isEmpty();
  }

  @Test
  void aLineThatIsHalfWrittenIsReadWhenItIsWhole() throws IOException {
    String line = line("03", "started");
    Path log = log("a", line("01", "started"), line.substring(0, 20));
    Reigns reigns = new Reigns(List.of(log, folder.resolve("not there yet")));
    assertThat(reigns.all()).hasSize(1);
    log("a", line.substring(20));
    assertThat(reigns.all()).hasSize(2);
    assertThat(reigns.newestOf(0).orElseThrow().start())
        .isEqualTo(Instant.parse("2026-01-01T00:00:03Z"));
  }

  @Test
  void aReignHasTheTermThatItsNodeToldLast() throws IOException {
    String held = "{\"event\":\"journal-held\",\"term\":7}\n";
    Path log = log("a", held, line("01", "started"), line("02", "stopped"), line("03", "started"));
    assertThat(new Reigns(List.of(log)).all())
        .extracting(reign -> reign.term().getAsLong())
        .containsExactly(7L, 7L);
  }
}

package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a submitted sweep leaves in its run folder, for clients to fetch. */
class RunFilesTest extends CoordinatorFixture {
  private static final String TEXT =
      """
      name = texts
      models = [demo], ratios = [0.25], criteria = [l2]
      evaluation { window = 32, windows = 2, generate { prompts = ["a dog"], max-tokens = 4 } }
      """;

  private static List<String> events(String id) throws Exception {
    return done("events", "--sweep", id, "--json").out().lines().toList();
  }

  /** The last says that the rest is written. */
  private static List<String> withoutTheLast(List<String> events) {
    assertThat(events.get(events.size() - 1)).contains("\"results-written\"");
    return events.subList(0, events.size() - 1);
  }

  private static long timesWritten(String id) throws Exception {
    return events(id).stream().filter(line -> line.contains("\"results-written\"")).count();
  }

  private static Path fetched(String id, String into) throws Exception {
    Path files = folder.resolve(into);
    done("results", id, "--plots", files.toString());
    return files;
  }

  private static String host(JsonNode provenance) {
    return provenance.at("/computed/0/machine/host").asText();
  }

  @Test
  void hasAllThatOneOfRunHas() throws Exception {
    Path sweep = Files.writeString(folder.resolve("texts.conf"), TEXT);
    Cli.Result submitted =
        done("submit", sweep.toString(), "--set", "evaluation.windows=1", "--wait");
    String id = submitted.err().lines().findFirst().orElseThrow().substring("sweep ".length());
    Path files = fetched(id, "first");
    assertThat(files.resolve("samples.md"))
        .content()
        .startsWith("# What the models of texts wrote")
        .contains("## Trial 0: demo block 0.25 l2 sum")
        .contains("**before**\n\n> a dog **|** ")
        .contains("**pruned**\n\n> a dog **|** ");
    assertThat(files.resolve("sweep.conf")).hasContent(TEXT + "\nevaluation.windows=1\n");
    assertThat(Files.readAllLines(files.resolve("events.jsonl")))
        .isEqualTo(withoutTheLast(events(id)))
        .hasSizeGreaterThan(8);
    JsonNode provenance =
        Json.MAPPER.readTree(files.resolve("results.json").toFile()).get("provenance");
    assertThat(provenance.get("command").asText())
        .startsWith("secateur submit " + sweep + " --set evaluation.windows=1 --wait");
    assertThat(provenance.get("client").asText()).startsWith("secateur/");
    assertThat(provenance.get("configuration").asText()).contains("evaluation.windows=1");
    assertThat(provenance.get("settings").get("evaluation.windows").asInt()).isEqualTo(1);
    assertThat(provenance.at("/models/0/name").asText()).isEqualTo("demo");
    assertThat(provenance.at("/computed/0/machine/device").asText()).isEqualTo("cpu");
    assertThat(provenance.at("/computed/0/machine/host").asText()).isNotEmpty();
    assertThat(provenance.get("ended").asText())
        .isGreaterThan(provenance.get("submitted").asText());
    assertThat(done("results", id).out()).contains("l2");
    Path page = folder.resolve("page.html");
    assertThat(done("results", id, "--html", page.toString()).out()).isEqualTo(page + "\n");
    assertThat(page)
        .hasSameTextualContentAs(files.resolve("report.html"))
        .content()
        .contains("<h4 dir=\"auto\">a dog</h4>", "host " + host(provenance));

    done("retry", id);
    await().atMost(LONG).until(() -> timesWritten(id) == 2);
    Path again = fetched(id, "second");
    assertThat(Files.readAllLines(again.resolve("events.jsonl")))
        .as("both times")
        .isEqualTo(withoutTheLast(events(id)))
        .filteredOn(line -> line.contains("\"sweep-submitted\""))
        .hasSize(2);
    assertThat(
            Json.MAPPER
                .readTree(again.resolve("results.json").toFile())
                .at("/provenance/command")
                .asText())
        .isEqualTo("POST /api/v1/sweeps/" + id + "/retry");
  }
}

package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Scores, recipes and criteria from elsewhere beside a built-in one, from a file to a plot. */
class OwnCriteriaTest extends SweepFixture {
  private static final String SWEEP =
      """
      name = own, models = ["%s"], strategies = [block], ratios = [0.5], scopes = [global]
      criteria = [l2, squared-weight, "scores:%s"]
      recipes = ["%s"]
      recovery {
        data = "%s", template = plain, steps = 5, batch = 2, micro-batch = 2, warmup = 1, cutoff = 32
        validation { rows = 4, every = 2 }
      }
      evaluation { text = "%s", window = 32, windows = 4 }
      """;

  private static Cli.Result done(String... arguments) throws Exception {
    Cli.Result result = cli.run(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  private static void refused(String told, String... arguments) throws Exception {
    Cli.Result result = cli.run(arguments);
    assertThat(result.code()).as(result.out() + result.err()).isEqualTo(2);
    assertThat(result.err()).contains(told);
  }

  private static List<String> texts(JsonNode list, String key) {
    return StreamSupport.stream(list.spliterator(), false).map(n -> n.path(key).asText()).toList();
  }

  @Test
  void areComparedOnEqualTerms() throws Exception {
    Path scores = folder.resolve("mine.safetensors");
    Path recipe = folder.resolve("given.json");
    String[] prune = {"prune", tiny.toString(), "--strategy", "block", "--ratio", "0.5"};
    done(
        with(
            prune,
            "--scope",
            "global",
            "--criterion",
            "l2",
            "--scores",
            scores.toString(),
            "--recipe",
            recipe.toString()));
    Path sweep =
        Files.writeString(
            folder.resolve("own.conf"), SWEEP.formatted(tiny, scores, recipe, text(), text()));
    Path work = folder.resolve("own");
    JsonNode results =
        results(cli.run("run", sweep.toString(), "--work", work.toString(), "--json"));

    JsonNode trials = results.get("trials");
    assertThat(texts(trials, "criterion"))
        .containsExactly("l2", "squared-weight@7", "scores:" + scores, "recipe:" + recipe);
    for (String key : List.of("parameters_after", "perplexity_pruned", "perplexity_recovered")) {
      assertThat(texts(trials, key))
          .as(key)
          .doesNotContain("")
          .containsOnly(trials.get(0).get(key).asText());
    }
    assertThat(texts(results.at("/provenance/data"), "use")).contains("scores", "recipe");

    Path run = onlyRun(work);
    curves(run);
    scoresCanBeRead(run, work, recipe);
    aRecipeCanBeAppliedByItself(recipe, prune, scores);
    refused(
        "'criteria[0]' is 'squared-wait'; allowed are taylor-vector, ",
        planned("criteria = [squared-wait]"));
    refused("did you mean 'squared-weight@7'?", planned("criteria = [\"squared-weight@8\"]"));
  }

  /** A text that is encoded at once, unlike the built-in one. */
  private static Path text() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append("The ").append(i).append(" dogs of house ").append(i * i).append(" bark.\n");
    }
    return Files.writeString(folder.resolve("text.txt"), lines);
  }

  private static String[] with(String[] first, String... more) {
    List<String> all = new java.util.ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String[] planned(String change) throws IOException {
    Path sweep =
        Files.writeString(
            folder.resolve("changed.conf"),
            "models = [\"" + tiny + "\"], ratios = [0.5]\n" + change + "\n");
    return new String[] {"plan", sweep.toString(), "--work", folder.resolve("own").toString()};
  }

  private static void curves(Path run) throws Exception {
    JsonNode curves = Json.MAPPER.readTree(run.resolve("curves.json").toFile());
    assertThat(curves.get("left_out")).isEmpty();
    assertThat(curves.get("curves")).hasSize(4);
    JsonNode first = curves.at("/curves/0");
    assertThat(first.get("model").asText()).isEqualTo("recovered");
    assertThat(first.get("loss")).hasSize(5);
    assertThat(first.get("validation_steps").toString()).isEqualTo("[2,4,5]");
    assertThat(Files.readString(run.resolve("curves.csv")))
        .startsWith("trial,model,step,loss,validation_loss\n0,recovered,1,")
        .contains("\n3,recovered,5,");
    JsonNode trial = Json.MAPPER.readTree(run.resolve("results.json").toFile()).at("/trials/0");
    assertThat(first.at("/loss/4").asDouble())
        .isEqualTo(trial.at("/metrics/recovery/loss").asDouble());
    String points = done("plot", run.toString(), "--y", "loss", "--x", "steps", "--points").out();
    assertThat(points)
        .startsWith("series,x,y,deviation,n,standard_error\r\nl2,1,")
        .contains("\"l2, validation\",2,", "squared-weight@7,5,");
    Path out = folder.resolve("report");
    assertThat(done("report", run.toString(), "--out", out.toString()).out())
        .contains("loss-by-steps.svg", "curves-own.csv");
    assertThat(Files.readString(out.resolve("report.md"))).contains("](loss-by-steps.svg)");
  }

  private static void scoresCanBeRead(Path run, Path work, Path recipe) throws Exception {
    String[] scores = {"scores", run.toString(), "0", "--work", work.toString()};
    String csv = done(with(scores, "--format", "csv")).out();
    assertThat(csv)
        .startsWith("structure,unit,removed,score,member_0,member_1,member_2,member_3\r\n")
        .contains("\r\nlayers.1.attention,1,");
    JsonNode removed = Json.MAPPER.readTree(recipe.toFile()).get("groups");
    int units = 0;
    int gone = 0;
    for (JsonNode group : removed) {
      units += group.get("units").asInt();
      gone += group.get("removed").size();
    }
    assertThat(csv.lines().skip(1)).hasSize(units);
    assertThat(csv.lines().skip(1).filter(line -> line.split(",")[2].equals("1"))).hasSize(gone);
    JsonNode json = Json.MAPPER.readTree(done(with(scores, "--format", "json")).out());
    for (JsonNode unit : json) {
      double mean = unit.get("score").asDouble();
      double sum = 0;
      for (int m = 0; m < 4; m++) {
        sum += unit.path("member_" + m).asDouble();
      }
      assertThat(mean).isEqualTo(sum);
    }
    assertThat(done(scores).out()).startsWith("structure").contains("layers.1.mlp");
    scores[2] = "1";
    assertThat(done(with(scores, "--format", "csv")).out().lines().skip(1)).hasSize(units);
    scores[2] = "2";
    assertThat(done(with(scores, "--format", "csv")).out()).isEqualTo(csv);
    refused("trial 3 has no scores: its recipe was given", "scores", run.toString(), "3");
    refused("has no trial 4", "scores", run.toString(), "4");
    refused(
        "is not in the work folder",
        "scores",
        run.toString(),
        "0",
        "--work",
        folder.resolve("empty").toString());
  }

  private static void aRecipeCanBeAppliedByItself(Path recipe, String[] prune, Path scores)
      throws Exception {
    Path out = folder.resolve("pruned");
    String[] command = {"prune", tiny.toString(), "--recipe-in", recipe.toString()};
    JsonNode told =
        Json.MAPPER.readTree(done(with(command, "--out", out.toString(), "--json")).out());
    assertThat(told.get("groups")).isEqualTo(Json.MAPPER.readTree(recipe.toFile()).get("groups"));
    assertThat(out.resolve("model.safetensors")).isNotEmptyFile();
    JsonNode scored =
        Json.MAPPER.readTree(
            done(with(prune, "--scope", "global", "--scores-in", scores.toString(), "--json"))
                .out());
    assertThat(scored.get("groups")).isEqualTo(told.get("groups"));
    assertThat(scored.get("criterion").asText()).isEqualTo("l2");
    assertThat(scored.at("/provenance/scores").asText()).isEqualTo(scores.toString());
    refused("--recipe-in says what to prune", with(prune, "--recipe-in", recipe.toString()));
    refused(
        scores + ": has scores by l2, not by l1",
        with(prune, "--criterion", "l1", "--scores-in", scores.toString()));
  }

  @Test
  void aRecipeOfAnotherModelIsRefusedBeforeAnythingRuns() throws Exception {
    Path recipe =
        Files.writeString(
            folder.resolve("other.json"),
            "{\"strategy\": \"block\", \"ratio\": 0.1, \"groups\": [{\"name\": \"layers.1.mlp\","
                + " \"units\": 64, \"removed\": [1]}]}");
    refused(
        "'recipes[0]' " + recipe + ": structure 'layers.1.mlp': has 64 units, but 48 in this model",
        planned("recipes = [\"" + recipe + "\"]"));
    Path scores = folder.resolve("layers.safetensors");
    done(
        "prune",
        tiny.toString(),
        "--strategy",
        "layer",
        "--ratio",
        "0.5",
        "--criterion",
        "l1",
        "--scores",
        scores.toString());
    Cli.Result result = cli.run(planned("criteria = [\"scores:" + scores + "\"]"));
    assertThat(result.err()).contains("structure 'layers.1.attention': has no scores");
    assertThat(result.code()).isEqualTo(2);
  }
}

package dev.secateur.actors.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur scores}: what a trial's units were ranked by. */
@Command(
    name = "scores",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the scores of a trial's units, and which units were removed.",
      "With a run's folder, it reads them from the work folder; with a sweep's id, from the"
          + " coordinator. For a trial that prunes in steps, they are the scores of the first step."
    })
final class ScoresCommand implements Callable<Integer> {
  private static final String SCORES = "scores.safetensors";
  private static final String RECIPE = "recipe.json";

  @Parameters(
      index = "0",
      paramLabel = "RUN|ID",
      description = "Folder of a run or its results.json, or the id of a sweep.")
  private String run;

  @Parameters(index = "1", paramLabel = "TRIAL", description = "The trial's number.")
  private int trial;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "table (a row per structure, the default), csv or json (a row per unit: its"
              + " aggregated score, the score of each member, and 1 if it was removed).")
  private TableFormat format = TableFormat.TABLE;

  @Mixin private NodeOptions node;

  @Mixin private ApiOptions api;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (format.isLaidOut()) {
      throw new InputException("--format is one of table, csv, json");
    }
    TrialScores scores = Files.exists(Path.of(run)) ? ofFolder() : ofCoordinator();
    PrintWriter out = spec.commandLine().getOut();
    out.print(format.write(format.isData() ? scores.units() : scores.summary()));
    out.flush();
    return 0;
  }

  private TrialScores ofFolder() {
    SweepResults results = Run.read(List.of(Path.of(run))).get(0).results();
    TrialResult of = trial(results);
    ArtifactStore artifacts = new ArtifactStore(node.work(node.settings()).artifacts());
    return scores(
        of,
        file(artifacts, of.stages().get("scores"), SCORES),
        file(artifacts, of.stages().get("recipe"), RECIPE));
  }

  private Path file(ArtifactStore artifacts, String stage, String name) {
    Optional<Artifact> artifact = artifacts.find(new StageKey(stage));
    return artifact
        .orElseThrow(
            () ->
                new InputException(
                    "the artifact of stage "
                        + stage
                        + " with trial "
                        + trial
                        + "'s "
                        + name
                        + " is not in the work folder; give another with --work, or use"
                        + " 'secateur scores ID "
                        + trial
                        + "' to ask the coordinator"))
        .file(name);
  }

  private TrialScores ofCoordinator() throws IOException, InterruptedException {
    ApiClient client = api.client();
    TrialResult of = trial(results(client));
    TrialArtifacts artifacts = TrialArtifacts.ask(client, run, trial, List.of("scores", "recipe"));
    artifacts.check();
    Path folder = Files.createTempDirectory("secateur-scores");
    try {
      for (TrialArtifacts.Wanted wanted : artifacts.there()) {
        String path = "/api/v1/artifacts/" + wanted.stage();
        new FetchedFolder(folder.resolve(wanted.role()), path, client.bytes(path + "/manifest"))
            .fetch(client, Optional.empty(), new Downloads(spec.commandLine().getErr()));
      }
      return scores(
          of, folder.resolve("scores").resolve(SCORES), folder.resolve("recipe").resolve(RECIPE));
    } finally {
      delete(folder);
    }
  }

  private SweepResults results(ApiClient client) throws IOException, InterruptedException {
    try {
      return Json.MAPPER.treeToValue(
          client.get(ApiClient.sweep(run) + "/results"), SweepResults.class);
    } catch (JsonProcessingException e) {
      throw new IOException("the coordinator's results can't be read: " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private TrialResult trial(SweepResults results) {
    TrialResult found =
        results.trials().stream()
            .filter(one -> one.trial() == trial)
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        run + ": has no trial " + trial + "; it has " + results.trials().size()));
    if (found.point().criterion().isRecipe()) {
      throw new InputException("trial " + trial + " has no scores: its recipe was given");
    } else if (!found.stages().containsKey("scores")) {
      throw new InputException(
          "the results do not list the scores of trial " + trial + "; an older version wrote them");
    }
    return found;
  }

  private static TrialScores scores(TrialResult trial, Path scores, Path recipe) {
    return TrialScores.of(trial.point(), scores, Recipe.read(recipe));
  }
}

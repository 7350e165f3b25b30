package dev.secateur.stage;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.checkpoint.ProvenanceFile;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.tensor.Versions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The provenance in an artifact: the specifications of its stage and all stages before it, with
 * seeds, settings and the hashes of models and data, and the versions of the computing software.
 * The worker is recorded in the manifest instead, so that the content is the same whichever worker
 * computed it.
 */
final class StageProvenance {
  private static final String STAGES = "stages";
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .addMixIn(ModelRef.class, WhereverItLies.class);

  @JsonIgnoreProperties({"path", "layers"})
  private interface WhereverItLies {}

  private StageProvenance() {}

  /** Writes it beside what the stage has written. */
  static void write(Stage stage, StageContext context, Path folder) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    Map<String, String> versions = Versions.all();
    for (String name : new String[] {"secateur", "djl", "libtorch"}) {
      root.put(name, versions.get(name));
    }
    root.put("code_version", CodeVersion.CURRENT.number());
    root.put("stage", stage.key().value());
    ObjectNode stages = root.putObject(STAGES);
    stages.set(stage.key().value(), JSON.valueToTree(stage.spec()));
    for (StageKey input : stage.inputs()) {
      of(input, context)
          .map(provenance -> provenance.path(STAGES))
          .ifPresent(
              before ->
                  before
                      .properties()
                      .forEach(one -> stages.putIfAbsent(one.getKey(), one.getValue())));
    }
    ProvenanceFile.write(folder, root);
  }

  /** What an input says, which was read by now; nothing of artifacts from before they said it. */
  private static Optional<JsonNode> of(StageKey input, StageContext context) throws IOException {
    Optional<byte[]> file = context.artifacts().own().file(input, ProvenanceFile.NAME);
    if (file.isEmpty()) {
      return ProvenanceFile.read(context.artifact(input).folder());
    }
    return Optional.of(JSON.readTree(file.get()));
  }
}

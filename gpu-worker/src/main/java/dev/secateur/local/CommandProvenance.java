package dev.secateur.local;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ProvenanceFile;
import dev.secateur.json.Json;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.TextRef;
import dev.secateur.source.SourceHashes;
import dev.secateur.tensor.Machine;
import dev.secateur.text.TextFile;
import dev.secateur.text.WordNet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a command made a checkpoint or an adapter: the command line, the base with its hash and its
 * own provenance, data with their hashes, seed, settings, and the machine.
 */
public final class CommandProvenance {

  private final String command;
  private final String base;
  private final Map<String, Object> rest = new LinkedHashMap<>();

  /**
   * @param command what was typed
   * @param base what the command calls the checkpoint that it begins with
   */
  public CommandProvenance(String command, String base) {
    this.command = command;
    this.base = base;
  }

  /** Adds a setting, a seed or a record of settings. */
  public CommandProvenance with(String name, Object value) {
    rest.put(name, value);
    return this;
  }

  /**
   * A text or instruction rows of this machine, with their hash.
   *
   * @param name a file, FILE#COLUMN, or {@code wordnet}
   */
  public static TextRef data(String name) {
    String hash =
        name.equals(TextRef.WORDNET) ? WordNet.IDENTITY : SourceHashes.text(TextFile.parse(name));
    return new TextRef(name, hash);
  }

  /**
   * Writes it beside the weights.
   *
   * @param checkpoint the folder of the base
   */
  public void write(Path folder, Path checkpoint, Device device) throws IOException {
    ObjectNode root = Json.object();
    root.put("command", command);
    root.put("written", Instant.now().toString());
    root.put("code_version", CodeVersion.CURRENT.number());
    root.set("machine", Json.MAPPER.valueToTree(Machine.of(device)));
    ObjectNode from = root.putObject("base");
    from.put("source", base);
    from.put("sha256", SourceHashes.model(checkpoint));
    ProvenanceFile.read(checkpoint).ifPresent(own -> from.set("provenance", own));
    rest.forEach((name, value) -> root.set(name, Json.MAPPER.valueToTree(value)));
    ProvenanceFile.write(folder, root);
  }
}

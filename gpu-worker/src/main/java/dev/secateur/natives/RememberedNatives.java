package dev.secateur.natives;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which natives a work folder's commands use, {@code natives.json} there, and the folder {@code
 * natives} beside it with downloaded and unpacked libraries.
 */
public record RememberedNatives(Path work) {
  /** The file. */
  public Path file() {
    return work.resolve("natives.json");
  }

  /** Where downloads and unpacked libraries lie. */
  Path folder() {
    return work.resolve("natives");
  }

  /**
   * @throws InputException when the file can't be understood
   */
  public Optional<Natives> read() {
    if (!Files.isRegularFile(file())) {
      return Optional.empty();
    }
    try {
      JsonNode root = Json.MAPPER.readTree(Files.readAllBytes(file()));
      if (!root.path("library").isTextual() || !root.path("version").isTextual()) {
        throw damaged();
      }
      return Optional.of(
          new Natives(
              root.path("version").asText(),
              Flavor.of(root.path("flavor").asText()),
              text(root, "cuda"),
              Path.of(root.path("library").asText()),
              text(root, "cudart").map(Path::of),
              root.path("from").asText()));
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw damaged();
    } catch (IOException e) {
      throw new UncheckedIOException(file() + " can't be read: " + e.getMessage(), e);
    }
  }

  private InputException damaged() {
    return new InputException(
        file()
            + ": does not say which native libraries to use; 'secateur natives install'"
            + " writes it again");
  }

  private static Optional<String> text(JsonNode root, String name) {
    return Optional.ofNullable(root.get(name)).map(JsonNode::asText);
  }

  /** Remembers these instead of what was, whose files in this work folder are removed. */
  public void write(Natives natives) throws IOException {
    AtomicFile.write(file(), json(natives).toPrettyString() + "\n");
    clean(natives);
  }

  /** As the file has it. */
  public static ObjectNode json(Natives natives) {
    ObjectNode root = Json.object();
    root.put("version", natives.version());
    root.put("flavor", natives.flavor().label());
    natives.cuda().ifPresent(cuda -> root.put("cuda", cuda));
    root.put("library", natives.library().toString());
    natives.cudart().ifPresent(folder -> root.put("cudart", folder.toString()));
    root.put("from", natives.from());
    return root;
  }

  /** Forgets them and removes what lies in this work folder; returns whether any were known. */
  public boolean remove() throws IOException {
    boolean known = Files.deleteIfExists(file());
    delete(folder());
    return known;
  }

  private void clean(Natives used) throws IOException {
    if (!Files.isDirectory(folder())) {
      return;
    }
    List<Path> kept = new ArrayList<>(List.of(used.library().toRealPath()));
    if (used.cudart().isPresent()) {
      kept.add(used.cudart().get().toRealPath());
    }
    List<Path> others;
    try (Stream<Path> all = Files.list(folder().toRealPath())) {
      others =
          all.filter(each -> kept.stream().noneMatch(one -> one.startsWith(each)))
              .filter(each -> !each.getFileName().toString().equals(NativesLock.NAME))
              .toList();
    }
    for (Path other : others) {
      delete(other);
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}

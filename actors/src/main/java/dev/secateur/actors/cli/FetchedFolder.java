package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.DiskSpace;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.hub.Hub;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder that an artifact is downloaded into. Until all of its files are there, its name starts
 * with a dot, and each file has the ending {@code .part} until its hash matches the manifest. So a
 * repeated download resumes.
 */
final class FetchedFolder {
  private static final String MANIFEST = "artifact.json";
  private static final String PART = ".part";

  private final Path folder;
  private final Path unfinished;
  private final String path;
  private final byte[] manifest;
  private final List<Content> files = new ArrayList<>();

  /** A file of the artifact. */
  private record Content(String name, String sha256, long bytes) {}

  /**
   * @param path of the artifact in the API
   * @param manifest what its manifest says
   * @throws InputException when the manifest names a file outside of the folder
   */
  FetchedFolder(Path folder, String path, byte[] manifest) throws IOException {
    this.folder = folder.toAbsolutePath().normalize();
    this.unfinished = this.folder.resolveSibling("." + folder.getFileName() + PART);
    this.path = path;
    this.manifest = manifest;
    for (var entry : Json.MAPPER.readTree(manifest).path("files").properties()) {
      if (!unfinished.resolve(entry.getKey()).normalize().startsWith(unfinished)) {
        throw new InputException("the artifact names a file '" + entry.getKey() + "'");
      }
      JsonNode said = entry.getValue();
      files.add(
          new Content(entry.getKey(), said.path("sha256").asText(), said.path("bytes").asLong()));
    }
  }

  long bytes() {
    return files.stream().mapToLong(Content::bytes).sum();
  }

  /**
   * Whether the very same is there already, whole. Where files are missing or damaged, {@link
   * #fetch} brings those.
   *
   * @throws InputException when something else is there
   */
  boolean isThere() throws IOException {
    if (!Files.exists(folder)) {
      return false;
    }
    Path known = folder.resolve(MANIFEST);
    if (Files.isRegularFile(known) && Arrays.equals(Files.readAllBytes(known), manifest)) {
      return isUndamaged() || !reopen();
    }
    throw new InputException(
        folder + ": something else exists there already; choose another folder or remove it");
  }

  private boolean isUndamaged() throws IOException {
    boolean undamaged = true;
    for (Content file : files) {
      Path there = folder.resolve(file.name());
      boolean same =
          Files.isRegularFile(there)
              && Files.size(there) == file.bytes()
              && Sha256.of(there).equals(file.sha256());
      if (!same && Files.isRegularFile(there)) {
        Files.delete(there);
      }
      undamaged &= same;
    }
    return undamaged;
  }

  /** The folder counts as unfinished again. */
  private boolean reopen() throws IOException {
    delete(unfinished);
    Files.move(folder, unfinished, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }

  /**
   * Brings what is missing.
   *
   * @param limit bytes may wait for it
   * @param progress told of each file
   */
  void fetch(ApiClient client, Optional<Bandwidth> limit, Hub.ProgressListener progress)
      throws IOException, InterruptedException {
    begin();
    for (Content file : files) {
      if (!isWhole(file)) {
        fetch(file, client, limit, progress);
      }
    }
    Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  /** What is left of another artifact is of no use. */
  private void begin() throws IOException {
    Path known = unfinished.resolve(MANIFEST);
    boolean same = Files.isRegularFile(known) && Arrays.equals(Files.readAllBytes(known), manifest);
    if (!same) {
      delete(unfinished);
      Files.createDirectories(unfinished);
      AtomicFile.write(known, manifest);
    }
    long needed = bytes() - there();
    long free = DiskSpace.free(unfinished);
    if (needed > free) {
      throw new InputException(
          String.format(
              Locale.ROOT,
              "%s: needs %.2f GiB, but only %.2f GiB are free on its disk; choose another folder",
              folder,
              needed / (double) (1 << 30),
              free / (double) (1 << 30)));
    }
  }

  private long there() throws IOException {
    long all = 0;
    for (Content file : files) {
      Path whole = unfinished.resolve(file.name());
      Path part = part(file);
      all += Files.exists(whole) ? file.bytes() : Files.exists(part) ? Files.size(part) : 0;
    }
    return all;
  }

  private boolean isWhole(Content file) throws IOException {
    Path whole = unfinished.resolve(file.name());
    return Files.isRegularFile(whole) && Files.size(whole) == file.bytes();
  }

  private Path part(Content file) {
    return unfinished.resolve(file.name() + PART);
  }

  private void fetch(
      Content file, ApiClient client, Optional<Bandwidth> limit, Hub.ProgressListener progress)
      throws IOException, InterruptedException {
    Path part = part(file);
    Files.createDirectories(part.getParent());
    long there = Files.exists(part) ? Files.size(part) : 0;
    if (there > file.bytes()) {
      Files.delete(part);
      there = 0;
    }
    long[] done = {there};
    try (OutputStream into =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      client.read(
          path + "/files/" + escaped(file.name()),
          file.bytes(),
          there,
          into,
          count -> {
            done[0] += count;
            progress.received(file.name(), done[0], file.bytes());
            if (limit.isPresent()) {
              limit.get().take(count);
            }
          });
    }
    check(file, part);
    Files.move(part, unfinished.resolve(file.name()), StandardCopyOption.ATOMIC_MOVE);
  }

  private void check(Content file, Path part) throws IOException {
    String found = Sha256.of(part);
    if (!found.equals(file.sha256())) {
      Files.delete(part);
      throw new IOException(
          file.name()
              + ": the received file has SHA-256 "
              + found
              + ", but the manifest says "
              + file.sha256()
              + "; it was removed. Run the same command to download it again; if that does"
              + " not help, 'secateur retry' recomputes damaged artifacts");
    }
  }

  private static String escaped(String name) {
    return String.join("/", Stream.of(name.split("/")).map(ApiClient::escaped).toList());
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}

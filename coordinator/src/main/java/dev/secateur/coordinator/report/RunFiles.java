package dev.secateur.coordinator.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the files of run folders are kept. Blocks, so not for the default dispatcher of actors. */
public interface RunFiles {
  /** Keeps a file whole or not at all; what is there by that name gives way. */
  void put(Path folder, String name, byte[] content) throws IOException;

  /** A file by its plain name. */
  Optional<byte[]> find(Path folder, String name) throws IOException;

  /** The names of a folder's files, sorted. */
  List<String> names(Path folder) throws IOException;

  /** The sizes of a folder's files, by their names; what else is in it counts nothing. */
  Map<String, Long> sizes(Path folder) throws IOException;

  /** Forgets a file, and its folder where that is empty then. */
  void remove(Path folder, String name) throws IOException;
}

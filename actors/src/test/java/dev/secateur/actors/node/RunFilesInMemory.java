package dev.secateur.actors.node;

import dev.secateur.coordinator.report.RunFiles;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Run folders that touch no disk, wherever a journal says that they are. */
final class RunFilesInMemory implements RunFiles {
  private final Map<Path, byte[]> files = new ConcurrentHashMap<>();

  @Override
  public void put(Path folder, String name, byte[] content) {
    files.put(folder.resolve(name), content);
  }

  @Override
  public Optional<byte[]> find(Path folder, String name) {
    return Optional.ofNullable(files.get(folder.resolve(name)));
  }

  @Override
  public List<String> names(Path folder) {
    return files.keySet().stream()
        .filter(file -> file.getParent().equals(folder))
        .map(file -> file.getFileName().toString())
        .sorted()
        .toList();
  }

  @Override
  public Map<String, Long> sizes(Path folder) {
    Map<String, Long> sizes = new HashMap<>();
    names(folder).forEach(name -> sizes.put(name, (long) files.get(folder.resolve(name)).length));
    return sizes;
  }

  @Override
  public void remove(Path folder, String name) {
    files.remove(folder.resolve(name));
  }
}

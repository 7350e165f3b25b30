package dev.secateur.artifact;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * A file, or a folder with all below it. Links are never followed. Other processes may change it
 * meanwhile, and parts may belong to other users.
 */
final class FileTree {
  private FileTree() {}

  /**
   * @param bytes of all files that can be looked at
   * @param modified when the last of them, or of the folders, was changed
   */
  record Extent(long bytes, Instant modified) {}

  /**
   * @throws NoSuchFileException when there is none
   */
  static Extent extent(Path root) throws IOException {
    Measuring measuring = new Measuring();
    measuring.add(attributes(root));
    Files.walkFileTree(root, measuring);
    return new Extent(measuring.bytes, measuring.modified);
  }

  /**
   * Deletes what can be deleted.
   *
   * @throws IOException the first reason why something could not
   */
  static void delete(Path root) throws IOException {
    Deletion deletion = new Deletion();
    Files.walkFileTree(root, deletion);
    if (deletion.failure != null) {
      throw deletion.failure;
    }
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static final class Measuring extends SimpleFileVisitor<Path> {
    private long bytes;
    private Instant modified = Instant.MIN;

    private void add(BasicFileAttributes attributes) {
      Instant time = attributes.lastModifiedTime().toInstant();
      modified = time.isAfter(modified) ? time : modified;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      add(attributes);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      add(attributes);
      bytes += attributes.isRegularFile() ? attributes.size() : 0;
      return FileVisitResult.CONTINUE;
    }

    /** What is gone, or is another's, counts nothing. */
    @Override
    public FileVisitResult visitFileFailed(Path path, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) {
      return FileVisitResult.CONTINUE;
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    private IOException failure; // the first

    private FileVisitResult delete(Path path) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        failed(e);
      }
      return FileVisitResult.CONTINUE;
    }

    private void failed(IOException e) {
      if (failure == null && !(e instanceof NoSuchFileException)) {
        failure = e;
      }
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      return delete(file);
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) {
      failed(e);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException e) {
      return delete(folder);
    }
  }
}

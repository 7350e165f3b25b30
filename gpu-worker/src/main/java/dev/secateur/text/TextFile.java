package dev.secateur.text;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A text on this machine: a file as it stands, or a column of a file of rows, as {@code
 * FILE[#COLUMN]}.
 *
 * @param named the column, empty where none is named
 */
public record TextFile(Path file, String named) {
  private static final String DEFAULT_COLUMN = "text";

  public static TextFile parse(String name) {
    int mark = name.lastIndexOf('#');
    return mark < 0 || Files.exists(Path.of(name))
        ? new TextFile(Path.of(name), "")
        : new TextFile(Path.of(name.substring(0, mark)), name.substring(mark + 1));
  }

  /** The same column of another file. */
  public TextFile at(Path otherFile) {
    return new TextFile(otherFile, named);
  }

  /** Whether the file has rows. */
  public boolean isRows() {
    return RowFile.isOne(file);
  }

  public boolean namesColumn() {
    return !named.isEmpty();
  }

  /** The column, or another where none is named. */
  public String column(String otherwise) {
    return namesColumn() ? named : otherwise;
  }

  /**
   * The rows: of a plain text the whole of it.
   *
   * @throws InputException when the file can't be read or is empty
   */
  public List<String> rows() {
    return isRows() ? RowFile.texts(file, column(DEFAULT_COLUMN)) : List.of(content());
  }

  /** The rows that samples may begin at: of a plain text its lines, none of them blank. */
  public List<String> sampleRows() {
    List<String> rows = isRows() ? rows() : content().lines().toList();
    return rows.stream().filter(row -> !row.isBlank()).toList();
  }

  private String content() {
    try {
      String content = Files.readString(file).strip();
      if (content.isEmpty()) {
        throw new InputException(file + ": the text is empty");
      }
      return content;
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** As users write it. */
  @Override
  public String toString() {
    return file + (namesColumn() ? "#" + named : "");
  }
}

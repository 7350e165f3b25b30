package dev.secateur.text;

import dev.secateur.input.BoundedFile;
import dev.secateur.input.Utf8;
import dev.secateur.protocol.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A text on this machine: a plain file, or a column of a file of rows, as {@code FILE[#COLUMN]}. A
 * file whose name ends with {@code .gz} is decompressed.
 *
 * @param named the column, empty where none is named
 */
public record TextFile(Path file, String named) {
  /** The largest plain text, in bytes, unpacked; larger ones are given as rows. */
  static final long LARGEST = 256L << 20;

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
    String content = Utf8.text(BoundedFile.unpacked(file, LARGEST), file.toString(), 1).strip();
    if (content.isEmpty()) {
      throw new InputException(file + ": the text is empty");
    }
    return content;
  }

  /** As users write it. */
  @Override
  public String toString() {
    return file + (namesColumn() ? "#" + named : "");
  }
}

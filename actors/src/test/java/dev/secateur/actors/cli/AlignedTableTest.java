package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.actors.cli.AlignedTable.Head;
import org.junit.jupiter.api.Test;

class AlignedTableTest {
  @Test
  void columnsAreAsWideAsTheirContentsAndNumbersEndTogether() {
    AlignedTable table =
        new AlignedTable(Head.words("stage"), Head.numbers("needed"), Head.words("note"));
    table.add("evaluation", 7, "");
    table.add("all", 1234567, "x");
    assertThat(table.text().lines())
        .containsExactly(
            "stage        needed  note", //
            "evaluation        7",
            "all         1234567  x");
  }

  @Test
  void aLongCellIsNeitherWrappedNorCut() {
    String path = "/a b".repeat(60);
    AlignedTable table = new AlignedTable(Head.words(""), Head.words(""));
    table.add(path, "x");
    assertThat(table.text().lines()).containsExactly(path + "  x");
  }

  @Test
  void aColumnWithoutContentsIsLeftOut() {
    AlignedTable table = new AlignedTable(Head.words("a"), Head.words(""), Head.words("b"));
    table.add("1", "", "2");
    assertThat(table.text().lines()).containsExactly("a  b", "1  2");
  }

  @Test
  void withoutHeadsAndRowsThereIsNothing() {
    assertThat(new AlignedTable(Head.words(""), Head.numbers("")).text()).isEmpty();
  }

  @Test
  void markupOfPicocliStaysAsItIs() {
    AlignedTable table = new AlignedTable(Head.words("labels"));
    table.add("@|bold x|@");
    assertThat(table.text().lines()).containsExactly("labels", "@|bold x|@");
  }

  @Test
  void aRowHasACellForEachColumn() {
    AlignedTable table = new AlignedTable(Head.words("a"), Head.words("b"));
    assertThatThrownBy(() -> table.add("1")).hasMessage("1 cells in 2 columns");
  }
}

package dev.secateur.climbing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClimbTest {
  private static final Map<String, Integer> START = Map.of("a", 200, "b", 200, "c", 200);
  private static final Moves MOVES =
      new Moves(
          List.of("a", "b", "c").stream()
              .map(name -> new Moves.Structure(name, true, 512, 448, 3))
              .toList(),
          1800,
          START);

  @TempDir Path folder;

  private static Climb begun() {
    return Climb.start(START, 2);
  }

  @Test
  void triesTheWayBackAfterAMoveThatWasDrawnInVainAndThenDrawsAnew() {
    Move drawn = begun().next(MOVES, 5).orElseThrow();
    Climb vain = begun().after(MOVES, drawn, 2.5);
    assertThat(vain.counts()).isEqualTo(START);
    assertThat(vain.next(MOVES, 5)).contains(drawn.reversed());
    Climb again = vain.after(MOVES, drawn.reversed(), 2);
    assertThat(again.kept()).isZero();
    assertThat(again.next(MOVES, 5)).isPresent().isNotEqualTo(vain.next(MOVES, 5));
    assertThat(again.lead().followUp()).isEmpty();
  }

  @Test
  void repeatsAMoveForAsLongAsTheLossFalls() {
    Move drawn = begun().next(MOVES, 5).orElseThrow();
    Climb lower = begun().after(MOVES, drawn, 1.5);
    assertThat(lower.counts()).isEqualTo(MOVES.after(START, drawn));
    assertThat(lower.next(MOVES, 5)).contains(drawn);
    Climb end = lower.after(MOVES, drawn, 1.6);
    assertThat(end.loss()).isEqualTo(1.5);
    assertThat(end.counts()).isEqualTo(lower.counts());
    assertThat(end.lead().followUp()).as("the way back is where it was").isEmpty();
    assertThat(List.of(end.tried(), end.kept())).containsExactly(2, 1);
  }

  @Test
  void theSeedSaysWhichMovesAreDrawn() {
    assertThat(begun().next(MOVES, 5)).isEqualTo(begun().next(MOVES, 5));
    assertThat(begun().next(MOVES, 5)).isNotEqualTo(begun().next(MOVES, 6));
  }

  @Test
  void itsFileHasTheLastMoveWhereItSaysSomethingAboutTheNext() throws Exception {
    Move drawn = begun().next(MOVES, 5).orElseThrow();
    Climb vain = begun().after(MOVES, drawn, 2.5);
    Climb lower = begun().after(MOVES, drawn, 1.5);
    String move = Json.MAPPER.writeValueAsString(drawn);
    assertThat(Json.MAPPER.writeValueAsString(begun())).endsWith("\"loss\":2.0,\"lowered\":false}");
    assertThat(Json.MAPPER.writeValueAsString(vain))
        .endsWith("\"loss\":2.0,\"last\":" + move + ",\"lowered\":false}");
    assertThat(Json.MAPPER.writeValueAsString(lower))
        .endsWith("\"loss\":1.5,\"last\":" + move + ",\"lowered\":true}");
    for (Climb climb : List.of(begun(), vain, lower)) {
      String written = Json.MAPPER.writeValueAsString(climb);
      assertThat(Json.MAPPER.readValue(written, Climb.class)).isEqualTo(climb);
    }
  }

  @Test
  void isReadFromItsFileAsItWasWritten() throws Exception {
    Climb climb = begun().after(MOVES, begun().next(MOVES, 5).orElseThrow(), 4.0 / 3);
    ClimbFile file = new ClimbFile(folder.resolve(".state"), "this");
    assertThat(file.read()).isEmpty();
    file.write(begun());
    file.write(climb);
    assertThat(file.read()).contains(climb);
    ClimbFile other = new ClimbFile(file.file(), "other");
    assertThatThrownBy(other::read)
        .isInstanceOf(InputException.class)
        .hasMessageContaining("belongs to a climb with other settings; remove it");
    file.delete();
    assertThat(file.read()).isEmpty();
  }
}

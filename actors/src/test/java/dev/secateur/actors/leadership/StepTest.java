package dev.secateur.actors.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.actors.leadership.Standing.Holder;
import dev.secateur.actors.leadership.Standing.Peer;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepTest {
  private static final String SELF = "a:1";
  private static final Holder B = new Holder("b:1", 4);

  private static Standing held(long term, Peer... peers) {
    return new Standing(new Standing.Own(term), List.of(peers));
  }

  private static Standing by(Holder holder, Peer... peers) {
    return new Standing(holder, List.of(peers));
  }

  private static Standing free(Peer... peers) {
    return new Standing(new Standing.Free(), List.of(peers));
  }

  private static Step step(boolean joined, boolean led, Standing standing) {
    return Step.of(SELF, joined, led, standing);
  }

  @Test
  void theHolderLeads() {
    assertThat(step(true, true, held(3))).isEqualTo(new Step.Lead(3));
    assertThat(step(false, false, held(3))).isEqualTo(new Step.Lead(3));
  }

  @Test
  void whoeverIsAloneTakesAFreeJournal() {
    assertThat(step(false, false, free())).isEqualTo(new Step.Take());
    assertThat(step(false, false, free(new Peer("b:1", false)))).isEqualTo(new Step.Take());
  }

  @Test
  void aNodeThatStartsJoinsThoseThatAreThereThoughNobodyHoldsTheJournalYet() {
    Standing standing = free(new Peer("b:1", true), new Peer("c:1", true), new Peer("d:1", false));
    assertThat(step(false, false, standing)).isEqualTo(new Step.Join(List.of("b:1", "c:1")));
  }

  @Test
  void aNodeThatStartsJoinsTheHolderFirst() {
    Standing standing = by(B, new Peer("a:1", true), new Peer("b:1", true), new Peer("c:1", true));
    assertThat(step(false, false, standing)).isEqualTo(new Step.Join(List.of("b:1", "c:1")));
  }

  @Test
  void aNodeThatStartsAgainDoesNotJoinItsEarlierLife() {
    Holder earlier = new Holder(SELF, 4);
    assertThat(step(false, false, by(earlier))).isEqualTo(new Step.Wait());
    assertThat(step(false, false, by(earlier, new Peer("c:1", true))))
        .isEqualTo(new Step.Join(List.of("c:1")));
  }

  @Test
  void aMemberTakesWhatNobodyHoldsAndElseFollows() {
    assertThat(step(true, false, free(new Peer("c:1", true)))).isEqualTo(new Step.Take());
    assertThat(step(true, false, by(B))).isEqualTo(new Step.Follow(B));
  }

  @Test
  void whoeverLostTheJournalEnds() {
    assertThat(step(true, true, by(B)))
        .isEqualTo(
            new Step.End(
                "the coordinator b:1 took over the journal (term 4) while this one did not renew"
                    + " its lease"));
    assertThat(step(true, true, free())).isInstanceOf(Step.End.class);
  }
}

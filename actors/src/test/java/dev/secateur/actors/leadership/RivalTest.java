package dev.secateur.actors.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.Notice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RivalTest {
  private static Standing held(String address, long term) {
    return new Standing(new Standing.Holder(address, term), List.of());
  }

  @Test
  void isToldOnceAndSaysWhyThisNodeLeadsThen() {
    List<Notice> news = new ArrayList<>();
    Rival first = Rival.NONE.with(held("a:1", 3), news::add);
    first.with(held("a:1", 3), news::add);
    assertThat(news).hasSize(1);
    assertThat(news.get(0).event()).isEqualTo("coordinator-changed");
    assertThat(news.get(0).fields())
        .containsEntry("node", "a:1")
        .containsEntry("reason", "a:1 holds the journal now");
    Standing own = new Standing(new Standing.Own(4), List.of());
    assertThat(first.with(own, news::add).whyThisLeads())
        .isEqualTo("the lease of a:1 (term 3) expired or was released");
    assertThat(Rival.NONE.with(own, news::add).whyThisLeads())
        .isEqualTo("no other coordinator was active");
  }
}

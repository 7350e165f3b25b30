package dev.secateur.actors.events;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.receptionist.Receptionist;
import dev.secateur.coordinator.http.NodeLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks the {@link LogKeeper} of each node, and merges their answers in order of time. */
public final class ClusterLogs implements NodeLogs {
  private static final Duration WITHIN = Duration.ofSeconds(5);
  private static final Pattern TIME = Pattern.compile("\"time\":\"([^\"]*)\"");

  private final ActorSystem<?> system;

  /**
   * @param lines none where it did not answer in time
   */
  private record Heard(ActorRef<LogKeeper.Message> keeper, boolean answered, List<String> lines) {}

  public ClusterLogs(ActorSystem<?> system) {
    this.system = system;
  }

  @Override
  public CompletionStage<Answer> read(Question question) {
    return AskPattern.<Receptionist.Command, Receptionist.Listing>ask(
            system.receptionist(),
            replyTo -> Receptionist.find(LogKeeper.KEY, replyTo),
            WITHIN,
            system.scheduler())
        .thenCompose(listing -> ask(listing, question));
  }

  private CompletionStage<Answer> ask(Receptionist.Listing listing, Question question) {
    List<CompletableFuture<Heard>> asked =
        listing.getServiceInstances(LogKeeper.KEY).stream()
            .map(keeper -> ask(keeper, question))
            .toList();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> answer(asked.stream().map(CompletableFuture::join).toList(), question.lines()));
  }

  private CompletableFuture<Heard> ask(ActorRef<LogKeeper.Message> keeper, Question question) {
    return AskPattern.<LogKeeper.Message, LogKeeper.Lines>ask(
            keeper, replyTo -> LogKeeper.Read.of(question, replyTo), WITHIN, system.scheduler())
        .handle(
            (answer, failure) ->
                failure == null
                    ? new Heard(keeper, true, answer.lines())
                    : new Heard(keeper, false, List.of()))
        .toCompletableFuture();
  }

  private static Answer answer(List<Heard> heard, int most) {
    List<String> lines =
        new ArrayList<>(
            heard.stream()
                .flatMap(one -> one.lines().stream())
                .sorted(Comparator.comparing(ClusterLogs::time))
                .toList());
    List<String> silent =
        heard.stream()
            .filter(one -> !one.answered())
            .map(one -> one.keeper().path().address().hostPort())
            .sorted()
            .toList();
    return new Answer(lines.subList(Math.max(0, lines.size() - most), lines.size()), silent);
  }

  private static String time(String line) {
    Matcher time = TIME.matcher(line);
    return time.find() ? LogSearch.instant(time.group(1)) : "";
  }
}

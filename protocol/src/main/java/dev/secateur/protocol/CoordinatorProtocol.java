package dev.secateur.protocol;

import akka.actor.typed.ActorRef;

/** What clients ask of the coordinator. */
public sealed interface CoordinatorProtocol extends CborSerializable {
  /**
   * Submits a plan. A plan whose digest equals that of an unfinished sweep is that sweep: its id is
   * answered.
   *
   * @param sweep the id, should the sweep be new
   * @param alone whether other unfinished sweeps are cancelled; what they computed is found again
   *     when they are resubmitted
   */
  record Submit(
      SweepId sweep, SweepPlan plan, String runFolder, boolean alone, ActorRef<Submitted> replyTo)
      implements CoordinatorProtocol, CoordinatorMessage {}

  /**
   * @param resumed whether the sweep was there already, unfinished
   */
  record Submitted(SweepId sweep, String runFolder, boolean resumed)
      implements CoordinatorProtocol {}
}

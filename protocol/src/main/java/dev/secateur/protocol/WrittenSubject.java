package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A subject as keys and journals have it.
 *
 * @param recipe null of the base
 * @param adapter null of what is not recovered
 * @param trained null of what is not trained from random weights
 * @param step null at the end of the adapter's training
 */
record WrittenSubject(
    StageKey recipe,
    StageKey adapter,
    StageKey trained,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer step) {
  static final WrittenSubject BASE = new WrittenSubject(null, null, null, null);

  static final Subject.Cases<WrittenSubject> OF =
      new Subject.Cases<>() {
        @Override
        public WrittenSubject pruned(Subject.Pruned of) {
          return new WrittenSubject(of.recipe(), null, null, null);
        }

        @Override
        public WrittenSubject recovered(Subject.Recovered of) {
          return new WrittenSubject(of.recipe(), of.adapter(), null, null);
        }

        @Override
        public WrittenSubject recovering(Subject.Recovering of) {
          return new WrittenSubject(of.recipe(), of.adapter(), null, of.step());
        }

        @Override
        public WrittenSubject trained(Subject.Trained of) {
          return new WrittenSubject(of.recipe(), null, of.training(), null);
        }
      };

  Subject subject() {
    if (recipe == null) {
      return new Subject.Base();
    } else if (trained != null) {
      return new Subject.Trained(recipe, trained);
    } else if (adapter == null) {
      return new Subject.Pruned(recipe);
    }
    Subject.Recovered recovered = new Subject.Recovered(recipe, adapter);
    return step == null ? recovered : recovered.after(step);
  }
}

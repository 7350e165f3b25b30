/** Which coordinator is at work: one, as the journal's database says; and how nodes find it. */
package dev.secateur.actors.leadership;

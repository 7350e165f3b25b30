// The kinds of stages, in the order in which they read one another, and their colours.
export const KINDS = ['import', 'discovery', 'timing', 'estimation', 'profile', 'pruning', 'compensation', 'recovery', 'training', 'evaluation', 'export'];
export const colourOf = kind => kind === 'failed' ? 'cx' : kind === 'evaluation' ? 'c0' : kind === 'recovery' || kind === 'training' ? 'c1' : kind === 'pruning' ? 'c2' : kind === 'estimation' ? 'c3' : kind === 'discovery' ? 'c4' : kind === 'export' ? 'c5' : 'c7';

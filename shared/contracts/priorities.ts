/** Of the runs that wait, whose is begun last to whose is begun first. */
export const PRIORITIES = ["low", "standard", "high"] as const;
export type Priority = (typeof PRIORITIES)[number];

// What the server answers, as types: docs/review.md and the server's OpenAPI say the same.

/**
 * @typedef {object} Video
 * @property {number} first  the first frame of the run; frames count from 1
 * @property {number} last
 * @property {number} width
 * @property {number} height
 * @property {number} rate  frames a second, on average
 * @property {boolean} variable  whether frames last differently long
 * @property {boolean} images  whether there is anything to see
 * @property {string | null} why  there is nothing to see
 * @property {boolean} lost  there is a video, but it is not found
 *
 * @typedef {object} Person
 * @property {number} identity
 * @property {string} label
 * @property {string | null} name
 * @property {number | null} team  index into TEAMS
 * @property {number | null} number
 * @property {string} role
 * @property {string} colour
 * @property {number} seconds
 * @property {number} first  frame
 * @property {number} last  frame
 * @property {number | null} confidence  of the box that is least sure
 *
 * @typedef {object} Team
 * @property {number} team
 * @property {string} name
 * @property {string} colour
 *
 * @typedef {object} History
 * @property {string | null} undo
 * @property {string | null} redo
 *
 * @typedef {object} Run
 * @property {string} name
 * @property {Video} video
 * @property {number} revision
 * @property {number[]} shots  the first frame of each
 * @property {Team[]} teams
 * @property {Person[]} people
 * @property {History} history
 * @property {boolean} has_pitch  whether it is known where on the pitch people are
 * @property {{length: number, width: number, flip: boolean}} pitch  metres; flip: seen from the far side
 * @property {string[]} formats
 * @property {number} doubt
 * @property {{url: string, kind: string} | null} play
 * @property {{share: number | null, why: string | null}} copy  of the video, for browsers that cannot play it
 * @property {string[]} warnings
 *
 * @typedef {object} Changes
 * @property {{first: number, last: number, before: number, after: number | null, boxes: number}[]} moved
 * @property {Record<string, number>} identities  who has most of the boxes of each identity now
 *
 * @typedef {object} Done
 * @property {number} revision
 * @property {Changes | null} changes
 * @property {History} history
 * @property {string} text
 *
 * @typedef {object} Split  a track of two people, perhaps, between two frames
 * @property {number} first
 * @property {number} last
 * @property {number} frame  in the middle
 * @property {number | null} identity
 *
 * @typedef {object} Candidate
 * @property {number | null} identity
 * @property {number | null} frame
 * @property {number} probability
 * @property {[string, number][]} evidence
 * @property {string} [label]
 *
 * @typedef {object} Question
 * @property {string} id
 * @property {string} kind
 * @property {string} text
 * @property {number} frame
 * @property {number} identity
 * @property {number} gain
 * @property {number | null} today
 * @property {Candidate[]} candidates
 *
 * @typedef {object} Questions
 * @property {boolean} ready  whether they are found already
 * @property {string | null} why  there is no list
 * @property {number} total
 * @property {number} above
 * @property {number} answered
 * @property {Question[]} questions
 *
 * @typedef {object} Joinable
 * @property {number} identity
 * @property {boolean} joinable
 * @property {string | null} why
 * @property {Split | null} split
 * @property {number} frame
 *
 * @typedef {object} Job
 * @property {number} id
 * @property {"running" | "done" | "failed"} state
 * @property {number} done
 * @property {number | null} total
 * @property {string} text
 * @property {string | null} error
 * @property {string | null} name
 */

export const TEAMS = ["A", "B", "officials"];

export const ROLES = ["player", "goalkeeper", "referee", "person"];

/** Flags of boxes and spans. */
export const INTERPOLATED = 1;
export const DOUBTFUL = 2;

/** The name of a channel, put right and judged while it is typed. */
import { nameComplaint, tidyName } from "../../core/channel-names";
import { TextField } from "../text-field";

interface ChannelNameFieldProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Read below the field while nothing is wrong with the name. */
  readonly hint: string;
  readonly placeholder?: string;
}

export function ChannelNameField({ value, onChange, hint, placeholder }: ChannelNameFieldProps) {
  const complaint = nameComplaint(value);
  return (
    <TextField
      label="Channel name"
      value={value}
      onChange={(typed) => onChange(tidyName(typed))}
      required
      maxLength={40}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      placeholder={placeholder}
      wrong={complaint !== ""}
      hint={complaint || hint}
    />
  );
}

import { expect, test } from "vitest";
import { isAutomaticText } from "../../src/domain/sms-auto-reply.ts";

test.each([
  "I'm driving right now",
  "I’m driving right now… I’ll get back to you later.",
  "I'm driving with Focus turned on. I'll see your message when I get where I'm going.",
  "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message when I get where I’m going.\n\n(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification through with your original message.)",
  "(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification through with your original message.)",
  "Free Msg: Unable to send message - Message Blocking is active.",
  "This number isn't monitored. Please call 555-0100. Reply STOP to unsubscribe.",
  "THIS NUMBER IS NOT MONITORED. REPLY STOP TO UNSUBSCRIBE",
  "Replies to this number are not monitored.",
  "Sorry, this number does not accept incoming text messages. Text STOP to opt out, HELP for help. Msg&data rates may apply.",
  "[Auto-reply] Thanks for your text! We are closed until Monday. To stop receiving messages, reply STOP.",
  "This is an automated message: our office hours are 9-5. Txt STOP 2 end",
  "Automatische Antwort: Ich bin gerade nicht erreichbar.",
])("a program wrote %j", (text) => {
  expect(isAutomaticText(text)).toBe(true);
});

test.each([
  // Replies of people.
  "I'm driving, can you call me at 5?",
  "I'm not receiving notifications from your app. Can you help?",
  "Driving to the office. Tuesday works",
  "Is this an automated message?",
  "This is an automated message, right?",
  "Do you offer automatic replies?",
  "Who monitors this number",
  "This number is great",
  "Thanks for reaching out, I'll get back to you",
  "Reply STOP to unsubscribe",
  // Opt-outs of people, whatever stands around them.
  "I'm driving, stop texting me",
  "I'm driving right now. STOP",
  "This number isn't monitored. Reply STOP to unsubscribe.\nSTOP",
  "This number isn't monitored. Reply STOP to unsubscribe. Stop",
  "This is an automated message. I did reply STOP to unsubscribe, remove me",
  "Auto-reply: please take me off your list",
  "This number is not monitored. Do not text this number",
])("a person may have written %j", (text) => {
  expect(isAutomaticText(text)).toBe(false);
});

/** The language of a message, as its words tell it. */
import { expect, it } from "vitest";
import { spokenLanguage } from "./language-of.ts";

it.each([
  ["The refund of 250 € is on its way, and you will get a message.", "en"],
  ["Die Erstattung ist unterwegs und wird nicht storniert.", "de"],
  ["Bu sipariş için bir iade yapıldı ve size bildirilecek.", "tr"],
  ["Le remboursement est dans la file, et vous recevrez une réponse.", "fr"],
  ["مرحبا، تم رد المبلغ", "ar"],
  ["Заказ отправлен сегодня", "ru"],
  ["注文は発送されました", "ja"],
  ["ORDER-1001: 250 €", undefined],
  ["", undefined],
])("%s is %s", (words, language) => {
  expect(spokenLanguage(words)).toBe(language);
});

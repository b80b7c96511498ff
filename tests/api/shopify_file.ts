// What a Shopify file says, read on our own so that the import is not its own judge. Knows just enough of CSV and of
// the columns that our files use.
import { readFileSync } from "node:fs";

export interface FileVariant {
  sku: string | null;
  barcode: string | null;
  weight_grams: number;
  options: { name: string; value: string }[];
  amount: number; // minor units of a currency with two digits
  compare_at_amount: number | null;
  quantity: number;
}

export interface FileProduct {
  handle: string;
  title: string;
  vendor: string;
  product_type: string;
  categories: string[]; // their names
  described: boolean; // it has a description
  published: boolean;
  tags: string[];
  images: string[];
  variants: FileVariant[];
}

function rows_of(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], "", false];
  const chars = [...text.replaceAll("\r\n", "\n")];
  for (let i = 0; i < chars.length; ++i) {
    const ch = chars[i] ?? "";
    if (quoted && ch === '"' && chars[i + 1] === '"') cell += chars[++i] ?? "";
    else if (ch === '"') quoted = !quoted;
    else if (!quoted && (ch === "," || ch === "\n")) {
      row.push(cell);
      cell = "";
      if (ch === "\n") rows.push(row.splice(0));
    } else cell += ch;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}

// "9.99" is 999, without a number that is not whole.
function minor(text: string): number | null {
  if (text === "") return null;
  const [whole = "", part = ""] = text.split(".");
  return Number(whole + part.padEnd(2, "0"));
}

// An apostrophe before digits is a spreadsheet's.
const code = (text: string) => text.replace(/^'(?=\d)/, "") || null;

export function read_products(path: string): FileProduct[] {
  const [head = [], ...rows] = rows_of(readFileSync(path, "utf8"));
  const products = new Map<string, FileProduct>();
  let names: string[] = [];
  for (const cells of rows) {
    const at = (name: string) => cells[head.indexOf(name)] ?? "";
    let product = products.get(at("Handle"));
    if (!product) {
      const [title, vendor, type] = [at("Title"), at("Vendor"), at("Type")];
      const tags = at("Tags").split(", ").filter(Boolean).sort();
      product = {
        handle: at("Handle"),
        title,
        vendor,
        product_type: type,
        categories: type === "" ? [] : [type], // the Type alone makes one; Product Category is not looked at
        described: at("Body (HTML)") !== "", // all tags of our files are let in
        published: at("Published") === "true",
        tags,
        images: [],
        variants: [],
      };
      products.set(product.handle, product);
      names = [1, 2, 3].map((n) => at(`Option${n} Name`));
    }
    if (at("Image Src") !== "") product.images.push(at("Image Src"));
    const amount = minor(at("Variant Price"));
    if (amount === null) continue; // a row that only brings a picture
    const options = names
      .map((name, i) => ({ name, value: at(`Option${i + 1} Value`) }))
      .filter(({ name, value }) => name !== "" && value !== "Default Title");
    const compare_at_amount = minor(at("Variant Compare At Price"));
    product.variants.push({
      sku: code(at("Variant SKU")),
      barcode: code(at("Variant Barcode")),
      weight_grams: Math.round(Number(at("Variant Grams"))),
      options,
      amount,
      compare_at_amount,
      quantity: Number(at("Variant Inventory Qty")),
    });
  }
  return [...products.values()];
}
